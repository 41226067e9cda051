/* The shortest useful program: a product into a GeoTIFF.
   SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <s2sr.h>
#include <stdio.h>

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: %s PRODUCT OUT.tif\n", argv[0]);
        return 2;
    }
    if (s2sr_run(argv[1], argv[2], NULL, NULL, NULL, NULL) != S2SR_OK) {
        fprintf(stderr, "%s\n", s2sr_last_error());
        return 1;
    }
    return 0;
}
