/* The processor's own peak of fused multiply-adds in 32-bit floats, all threads together: GFLOP/s
 * on standard output. Build: cc -O3 -march=native -pthread fma_peak.c -o fma_peak. Run: fma_peak
 * THREADS [SECONDS] */
#include <immintrin.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double seconds = 1.0;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

/* Twelve independent chains hide the latency of the fused multiply-add. */
static void *work(void *flop) {
    __m256 x[12], a = _mm256_set1_ps(0.999999f), b = _mm256_set1_ps(1e-6f);
    double start = now(), rounds = 0;
    for (int i = 0; i < 12; i++)
        x[i] = _mm256_set1_ps(1.0f + 0.01f * i);
    do {
        for (int n = 0; n < 1000000; n++)
            for (int i = 0; i < 12; i++)
                x[i] = _mm256_fmadd_ps(x[i], a, b);
        rounds += 1e6;
    } while (now() - start < seconds);
    float sum = 0, out[8];
    for (int i = 0; i < 12; i++) {
        _mm256_storeu_ps(out, x[i]);
        sum += out[0];
    }
    *(double *)flop = rounds * 12 * 16 / (now() - start) + (sum == 12345.0f);
    return NULL;
}

int main(int argc, char **argv) {
    int threads = argc > 1 ? atoi(argv[1]) : 1;
    pthread_t id[256];
    double flop[256], total = 0;
    if (argc > 2) seconds = atof(argv[2]);
    if (threads < 1 || threads > 256) return 2;
    for (int i = 0; i < threads; i++)
        pthread_create(&id[i], NULL, work, &flop[i]);
    for (int i = 0; i < threads; i++) {
        pthread_join(id[i], NULL);
        total += flop[i];
    }
    printf("%.1f\n", total * 1e-9);
    return 0;
}
