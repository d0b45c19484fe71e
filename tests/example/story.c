// SPDX-License-Identifier: MIT
/* The model that is built in tells a story: cc story.c $(pkg-config --cflags --libs mutsu) */
#include <mutsu/mutsu.h>
#include <stdio.h>
#include <string.h>

static int print(void *user, const char *text)
{
	return fputs(text, user) < 0;
}

int main(int argc, char **argv)
{
	const char *prompt = argc > 1 ? argv[1] : "Once upon a time";
	struct mutsu_generate_opts opts = {
		.size = sizeof(opts), .n_predict = 100, .text = print, .user = stdout,
	};
	struct mutsu_error err = { "the prompt is too long" };
	struct mutsu_model *model = NULL;
	struct mutsu_session *session = NULL;
	struct mutsu_sampler *sampler = NULL;
	int32_t tokens[256];
	int64_t n = -1;
	bool ok;

	if (!mutsu_model_open(&model, NULL, NULL, &err) &&
	    !mutsu_session_open(&session, model, NULL, &err) &&
	    !mutsu_sampler_open(&sampler, NULL, &err))
		n = mutsu_tokenize(model, prompt, strlen(prompt), MUTSU_TOKENIZE_ADD_SPECIAL,
				   tokens, 256, &err);
	ok = n >= 0 && n <= 256 && print(stdout, prompt) == 0 &&
	     !mutsu_generate(session, sampler, tokens, (size_t)n, &opts, NULL, &err);
	puts("");
	if (!ok)
		fprintf(stderr, "story: %s\n", err.text);
	mutsu_sampler_close(sampler);
	mutsu_session_close(session);
	mutsu_model_close(model);
	return ok ? 0 : 1;
}
