/* A file to a file with options, progress, and Ctrl-C that leaves nothing half-written behind.
   usage: file_to_file PRODUCT OUT.tif [KEY=VALUE]...
   SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <s2sr.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static volatile sig_atomic_t interrupted = 0;

/* All that a signal handler may do; the library notices through the progress function. */
static void on_interrupt(int signal_number) {
    (void)signal_number;
    interrupted = 1;
}

static int on_progress(double fraction, const char *message, void *user_data) {
    (void)user_data;
    if (message != NULL && message[0] != '\0') fprintf(stderr, "\n%s\n", message);
    fprintf(stderr, "\r%3.0f %%", fraction * 100.0);
    return !interrupted; /* 0 cancels */
}

/* Sets "key=value"; the library says what is wrong with it. */
static int set_option(s2sr_options *options, char *text) {
    char *equals = strchr(text, '=');
    if (equals == NULL) return s2sr_options_set(options, text, "");
    *equals = '\0';
    return s2sr_options_set(options, text, equals + 1);
}

int main(int argc, char **argv) {
    s2sr_options *options = NULL;
    char *report = NULL;
    int code = S2SR_OK, i;
    if (argc < 3) {
        fprintf(stderr, "usage: %s PRODUCT OUT.tif [KEY=VALUE]...\n", argv[0]);
        return 2;
    }
    signal(SIGINT, on_interrupt);
    options = s2sr_options_new();
    for (i = 3; i < argc && code == S2SR_OK; i++)
        code = set_option(options, argv[i]);
    if (code == S2SR_OK) code = s2sr_run(argv[1], argv[2], options, on_progress, NULL, &report);
    if (code == S2SR_OK) printf("\n%s\n", report);
    else fprintf(stderr, "\n%s\n", s2sr_last_error());
    s2sr_string_free(report);
    s2sr_options_free(options);
    if (code == S2SR_ERROR_CANCELLED) return 130;
    return code == S2SR_OK ? 0 : 1;
}
