/* SPDX-License-Identifier: GPL-2.0-or-later
 * A stand-in for libs2sr with the same C functions and no networks: it says what it was asked,
 * takes as long as it is told to, and copies a file as its result. Tests of the binding and of
 * cancelling need nothing more.
 *
 * Environment: FAKE_RESULT, the raster that s2sr_run copies to its output; FAKE_STEPS, the number
 * of progress calls, 10 ms apart. Compiled with -DABI=2 it is an engine of another ABI, with
 * -DNO_VIRTUAL one without virtual rasters.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef ABI
#define ABI 1
#endif

typedef struct {
    char text[4096];
} s2sr_options;
typedef int (*s2sr_progress)(double, const char *, void *);

static __thread char last_error[4096];
static long alive; /* strings and options not yet freed */

static int fail(int status, const char *what, const char *detail) {
    snprintf(last_error, sizeof last_error, "%s %s", what, detail);
    return status;
}

static char *own(const char *text) {
    alive++;
    return strdup(text);
}

long fake_alive(void) { return alive; }
uint32_t s2sr_abi_version(void) { return ABI; }
const char *s2sr_version(void) { return "0.0.fake"; }
const char *s2sr_last_error(void) { return last_error; }
void s2sr_string_free(char *s) {
    if (s) {
        alive--;
        free(s);
    }
}

s2sr_options *s2sr_options_new(void) {
    alive++;
    return calloc(1, sizeof(s2sr_options));
}
void s2sr_options_free(s2sr_options *o) {
    if (o) {
        alive--;
        free(o);
    }
}

int s2sr_options_set(s2sr_options *o, const char *key, const char *value) {
    if (!strcmp(key, "nonsense"))
        return fail(2, "unknown option 'nonsense'; valid are: to, model", "");
    size_t used = strlen(o->text);
    snprintf(o->text + used, sizeof o->text - used, "%s=%s;", key, value);
    return 0;
}

static int steps(s2sr_progress progress, void *data) {
    const char *wanted = getenv("FAKE_STEPS");
    int n = wanted ? atoi(wanted) : 3;
    for (int i = 0; i <= n && progress; i++) {
        if (!progress((double)i / n, i == 0 ? "caf\xc3\xa9" : NULL, data))
            return fail(7, "cancelled", "");
        usleep(10000);
    }
    return 0;
}

int s2sr_run(const char *in, const char *out, const s2sr_options *o, s2sr_progress progress,
             void *data, char **report) {
    char buffer[65536];
    size_t n;
    if (access(in, R_OK)) return fail(3, "no product at", in);
    int status = steps(progress, data);
    if (status) return status;
    const char *result = getenv("FAKE_RESULT");
    if (result) {
        FILE *from = fopen(result, "rb"), *to = fopen(out, "wb");
        if (!from || !to) return fail(6, "cannot write", out);
        while ((n = fread(buffer, 1, sizeof buffer, from)) > 0)
            fwrite(buffer, 1, n, to);
        fclose(from);
        fclose(to);
    }
    snprintf(buffer, sizeof buffer, "{\"input\": \"%s\", \"options\": \"%s\"}", in,
             o ? o->text : "");
    if (report) *report = own(buffer);
    return 0;
}

int s2sr_info(const char *in, const s2sr_options *o, char **json) {
    (void)o;
    if (access(in, R_OK)) return fail(3, "no product at", in);
    *json = own("{\"name\": \"fake\", \"crs\": \"EPSG:32618\", \"bands\": [{\"name\": \"B4\", "
                "\"gsd\": 10, \"cols\": 120, \"rows\": 120,"
                "\"west\": 420000, \"north\": 4140000}]}");
    return 0;
}

int s2sr_evaluate(const char *in, const s2sr_options *o, s2sr_progress progress, void *data,
                  char **json) {
    char page[4096] = "";
    const char *html = o ? strstr(o->text, "html=") : NULL;
    if (access(in, R_OK)) return fail(3, "no product at", in);
    int status = steps(progress, data);
    if (status) return status;
    if (html) {
        snprintf(page, sizeof page, "%.*s", (int)strcspn(html + 5, ";"), html + 5);
        FILE *to = fopen(page, "wb");
        if (!to) return fail(6, "cannot write", page);
        fputs("<!DOCTYPE html><p>the engine's page</p>", to);
        fclose(to);
    }
    *json = own("{\"input\": \"a & b\", \"tables\": [{\"task\": \"20 m -> 10 m\", \"model\": "
                "\"fast\", \"window\": [0, 1200, 1200, 0],"
                "\"bands\": [\"B5\", \"B11\"], \"result\": {\"rmse\": 50.5, \"sre\": 33.1, "
                "\"rmse_bands\": [41.0, 60.0]},"
                "\"bicubic\": {\"rmse\": 101.0, \"sre\": 27.0, \"rmse_bands\": [82.0, 120.0]}}]}");
    return 0;
}

#ifndef NO_VIRTUAL
int s2sr_write_vrt(const char *in, const char *out, const s2sr_options *o) {
    (void)o;
    if (access(in, R_OK)) return fail(3, "no product at", in);
    FILE *to = fopen(out, "wb");
    if (!to) return fail(6, "cannot write", out);
    fputs("<VRTDataset/>", to);
    fclose(to);
    return 0;
}

int s2sr_gdal_plugins(char **folder) {
    *folder = own("/nowhere");
    return 0;
}
void GDALRegister_S2SR(void) {}
#endif

int s2sr_model_list(const s2sr_options *o, char **json) {
    (void)o;
    *json = own(
        "{\"models\": [{\"name\": \"fast-20\", \"family\": \"fast\", \"task\": \"20 m -> 10 m\"},"
        "{\"name\": \"fast-60\", \"family\": \"fast\", \"task\": \"60 m -> 10 m\"},"
        "{\"name\": \"dsen2-20\", \"family\": \"dsen2\", \"task\": \"20 m -> 10 m\"}], "
        "\"default\": \"fast\"}");
    return 0;
}
