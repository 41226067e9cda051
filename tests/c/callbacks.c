/* Progress: on the calling thread only, from 0 to 1 and never back, 0 cancels at any time. argv:
 * DATA WORK */
#include "check.h"

#include <pthread.h>

enum { SIZE = 300 };
static uint16_t pixels[SIZE * SIZE], sharp[4 * SIZE * SIZE];

typedef struct {
    pthread_t caller;
    int calls, cancel_at, foreign, backwards, senseless;
    double last;
} watch;

static int on_progress(double fraction, const char *message, void *user_data) {
    watch *w = (watch *)user_data;
    (void)message;
    w->calls++;
    w->foreign += !pthread_equal(w->caller, pthread_self());
    w->backwards += fraction < w->last;
    w->senseless += !(fraction >= 0.0 && fraction <= 1.0);
    w->last = fraction;
    return w->calls != w->cancel_at;
}

/* Calls back into the library from within, as a program that shows a message might. */
static int on_progress_reentering(double fraction, const char *message, void *user_data) {
    s2sr_options *options = s2sr_options_new();
    (void)fraction, (void)message;
    *(int *)user_data += s2sr_options_set(options, "nonsense", "1") == S2SR_ERROR_OPTION;
    s2sr_options_free(options);
    return 1;
}

int main(int argc, char **argv) {
    s2sr_image input = packed(pixels, S2SR_UINT16, 1, SIZE, SIZE);
    s2sr_image output = packed(sharp, S2SR_UINT16, 1, 2 * SIZE, 2 * SIZE);
    s2sr_options *options = s2sr_options_new();
    s2sr_model *model = NULL;
    int cancel_at, reentered = 0, calls;
    if (argc != 3) return 2;
    noise(pixels, SIZE * SIZE, 1);
    CHECK_CODE(s2sr_model_open(in_folder(argv[1], "dummy-x2.onnx"), NULL, &model), S2SR_OK);
    CHECK_CODE(s2sr_options_set(options, "tile", "64"), S2SR_OK);
    {
        watch w = {pthread_self(), 0, -1, 0, 0, 0, 0.0};
        CHECK_CODE(s2sr_model_run(model, &input, 1, &output, 1, options, on_progress, &w), S2SR_OK);
        CHECK(w.calls > 1 && w.foreign == 0 && w.backwards == 0 && w.senseless == 0);
        CHECK(w.last == 1.0);
        calls = w.calls;
    }
    /* Cancelled at the first call, in the middle, and close to the end; then the model still works.
     */
    for (cancel_at = 1; cancel_at < calls; cancel_at += 1 + calls / 3) {
        watch w = {pthread_self(), 0, 0, 0, 0, 0, 0.0};
        w.cancel_at = cancel_at;
        CHECK_CODE(s2sr_model_run(model, &input, 1, &output, 1, options, on_progress, &w),
                   S2SR_ERROR_CANCELLED);
        CHECK_SAYS("cancel");
        CHECK(w.calls == cancel_at && w.foreign == 0);
    }
    CHECK_CODE(
        s2sr_model_run(model, &input, 1, &output, 1, options, on_progress_reentering, &reentered),
        S2SR_OK);
    CHECK(reentered > 0);
    s2sr_model_free(model);
    s2sr_options_free(options);
    return finish();
}
