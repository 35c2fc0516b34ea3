// Runs one operation in batches: for each line of standard input, a count, that many times; answers the nanoseconds.
#include "bare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct operation *const operations[] = {&sign_ed25519, &sign_p256,  &open_record,
                                                     &open_gcm,     &import_key, &import_key_bytes};

void require(int condition, const char *message) {
    if (condition) return;
    fprintf(stderr, "bare: %s\n", message);
    exit(1);
}

long read_file(const char *path, unsigned char *bytes, long capacity) {
    FILE *file = fopen(path, "rb");
    require(file != NULL, path);
    long count = (long)fread(bytes, 1, (size_t)capacity, file);
    fclose(file);
    return count;
}

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(int count, char **arguments) {
    require(count >= 2, "name an operation");
    const struct operation *operation = NULL;
    for (size_t index = 0; index < sizeof(operations) / sizeof(*operations); index++)
        if (strcmp(operations[index]->name, arguments[1]) == 0) operation = operations[index];
    require(operation != NULL, "no such operation");
    operation->prepare(arguments + 2);
    printf("ready\n");
    fflush(stdout);
    long repetitions;
    while (scanf("%ld", &repetitions) == 1) {
        long long start = now();
        for (long done = 0; done < repetitions; done++) operation->run();
        printf("%lld\n", now() - start);
        fflush(stdout);
    }
    return 0;
}
