/* SPDX-License-Identifier: MIT */
/* The commands; each takes the arguments after its name and returns the exit status. */
#ifndef TOOLS_MUTSU_MUTSU_H
#define TOOLS_MUTSU_MUTSU_H

int mutsu_bench_command(int argc, char **argv);
int mutsu_doctor_command(int argc, char **argv);
int mutsu_info_command(int argc, char **argv);
int mutsu_perplexity_command(int argc, char **argv);
int mutsu_plan_command(int argc, char **argv);
int mutsu_run_command(int argc, char **argv);
int mutsu_show_command(int argc, char **argv);
int mutsu_tokenize_command(int argc, char **argv);

#endif
