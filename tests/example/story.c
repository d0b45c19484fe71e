// SPDX-License-Identifier: MIT
/*
 * The whole of the library in one page: the model that is built in, a prompt,
 * a story.  cc story.c $(pkg-config --cflags --libs mutsu)
 */
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
	struct mutsu_sampler_opts sampling = { .size = sizeof(sampling) };	/* greedy */
	struct mutsu_generate_opts opts = {
		.size = sizeof(opts), .n_predict = 100, .text = print, .user = stdout,
	};
	struct mutsu_model *model = NULL;
	struct mutsu_session *session = NULL;
	struct mutsu_sampler *sampler = NULL;
	struct mutsu_error err = { "" };
	int32_t tokens[256];
	int64_t n;
	int ret = -1;

	if (mutsu_model_open(&model, NULL, NULL, &err) ||
	    mutsu_session_open(&session, model, NULL, &err) ||
	    mutsu_sampler_open(&sampler, &sampling, &err))
		goto out;

	n = mutsu_tokenize(model, prompt, strlen(prompt), MUTSU_TOKENIZE_ADD_SPECIAL,
			   tokens, sizeof(tokens) / sizeof(tokens[0]), &err);
	if (n < 0 || n > (int64_t)(sizeof(tokens) / sizeof(tokens[0])))
		goto out;

	printf("%s", prompt);
	ret = mutsu_generate(session, sampler, tokens, (size_t)n, &opts, NULL, &err);
	puts("");
out:
	if (ret)
		fprintf(stderr, "story: %s\n", err.text[0] ? err.text : "the prompt is too long");
	mutsu_sampler_close(sampler);
	mutsu_session_close(session);
	mutsu_model_close(model);
	return ret ? 1 : 0;
}
