/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ten million certificates by the whole program, from points to DER and then with a record: does
 * its memory stay below its limit, and is the last million as fast as the first? The rate is of CPU
 * time of all of the program's threads, by the size of its output while it grows. Takes ten minutes
 * and 20 GB of disk: `make soak`. Its arguments are the program, a folder for files that are
 * deleted afterwards, and, for a shorter run, the number of units.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    UNITS = 10000000,
    PARTS = 10, /* whose rates are compared */
    POINT_SIZE = 65,
    MEMORY_LIMIT_KB = 64 * 1024,
    SAMPLES_MAX = 100000,
    SAMPLE_MS = 50, /* not tuned: some hundred samples a part */
};

static const double flat_limit = 0.9; /* last part to first */

typedef struct sample {
    double cpu; /* seconds */
    off_t size; /* of the output */
} sample;

typedef struct outcome {
    sample *samples; /* SAMPLES_MAX */
    size_t count;
    long peak_kb;
} outcome;

static void require(bool is_good, const char *what)
{
    if (!is_good) {
        fprintf(stderr, "bench: %s failed\n", what);
        exit(1);
    }
}

/* Each point is the one before and the generator: cheaper than keys, which nobody here needs. */
static void make_points(const char *path, unsigned long units)
{
    FILE *file = fopen(path, "w");
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    BN_CTX *context = BN_CTX_new();
    BIGNUM *start = BN_new();
    EC_POINT *point = EC_POINT_new(group);
    uint8_t bytes[POINT_SIZE];
    require(file != NULL && BN_rand(start, 250, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
                EC_POINT_mul(group, point, start, NULL, NULL, context) == 1,
            "the first point");
    for (unsigned long i = 0; i < units; i++) {
        require(EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, bytes,
                                   sizeof(bytes), context) == sizeof(bytes) &&
                    fwrite(bytes, sizeof(bytes), 1, file) == 1 &&
                    EC_POINT_add(group, point, point, EC_GROUP_get0_generator(group), context) == 1,
                "a point");
    }
    require(fclose(file) == 0, "the list of points");
    EC_POINT_free(point);
    BN_free(start);
    BN_CTX_free(context);
    EC_GROUP_free(group);
}

/* User and system time of a process that runs, from Linux's /proc. */
static bool read_cpu(pid_t process, double *ret)
{
    char path[64];
    unsigned long user = 0;
    unsigned long system = 0;
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)process);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return false;
    }
    /* the name in the second field is nameplate's own: it has no blanks */
    int fields =
        fscanf(file, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
    fclose(file);
    *ret = (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
    return fields == 2;
}

static void take_sample(pid_t process, outcome *on)
{
    struct stat state;
    sample *next = &on->samples[on->count];
    if (on->count < SAMPLES_MAX && stat("millions.out.new", &state) == 0 &&
        read_cpu(process, &next->cpu)) {
        next->size = state.st_size;
        on->count++;
    }
}

static pid_t start(const char *command)
{
    pid_t process = fork();
    require(process >= 0, "fork");
    if (process == 0) {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    return process;
}

static void watch(const char *command, outcome *ret)
{
    static const struct timespec pause = {.tv_nsec = SAMPLE_MS * 1000000L};
    struct rusage usage;
    int status = 0;
    pid_t ended = 0;
    pid_t process = start(command);
    ret->count = 0;
    while ((ended = wait4(process, &status, WNOHANG, &usage)) == 0) {
        take_sample(process, ret);
        nanosleep(&pause, NULL);
    }
    require(ended == process && WIFEXITED(status) && WEXITSTATUS(status) == 0, command);
    ret->peak_kb = usage.ru_maxrss;
}

/* CPU seconds when the output had this share of its size. */
static double cpu_at(const outcome *of, double share, off_t whole)
{
    size_t at = 0;
    while (at + 1 < of->count && (double)of->samples[at].size < share * (double)whole) {
        at++;
    }
    return of->samples[at].cpu;
}

static bool report(const char *name, const outcome *of, unsigned long units)
{
    struct stat state;
    require(stat("millions.out", &state) == 0 && of->count > PARTS, "sampling");
    double part = (double)units / PARTS;
    double first = part / (cpu_at(of, 1.0 / PARTS, state.st_size) - of->samples[0].cpu);
    double last =
        part / (cpu_at(of, 1, state.st_size) - cpu_at(of, (PARTS - 1.0) / PARTS, state.st_size));
    printf("%-18s first tenth %7.0f, last tenth %7.0f a CPU second: %.3f   goal: at least %.2f\n",
           name, first, last, last / first, flat_limit);
    printf("%-18s %ld KiB of memory   limit: %d\n", "", of->peak_kb, MEMORY_LIMIT_KB);
    fflush(stdout);
    return of->peak_kb < MEMORY_LIMIT_KB && last / first >= flat_limit;
}

static bool issue(const char *program, const char *name, const char *options, unsigned long units,
                  outcome *on)
{
    char command[3 * PATH_MAX];
    snprintf(command, sizeof(command),
             "rm -f millions.out*; exec '%s' issue millions.points --signer-cert millions.cert "
             "--signer-key millions.key --profile device --out millions.out %s >/dev/null",
             program, options);
    watch(command, on);
    return report(name, on, units);
}

int main(int argc, char **argv)
{
    char program[PATH_MAX];
    char command[3 * PATH_MAX];
    unsigned long units = argc > 3 ? strtoul(argv[3], NULL, 10) : UNITS;
    outcome on = {.samples = calloc(SAMPLES_MAX, sizeof(sample))};
    require(on.samples != NULL && argc > 2 && units > 0 && realpath(argv[1], program) != NULL &&
                chdir(argv[2]) == 0,
            "opening");
    snprintf(command, sizeof(command),
             "rm -f millions* station07*; '%s' signer create millions --years 31 >/dev/null && "
             "'%s' station key create station07 >/dev/null",
             program, program);
    require(system(command) == 0, command);
    make_points("millions.points", units);
    bool is_good = issue(program, "to DER", "--out-format der", units, &on);
    is_good &= issue(program, "with a record", "--record millions.npj --station-key station07.key",
                     units, &on);
    require(system("rm -f millions* station07*") == 0, "tidying up");
    free(on.samples);
    return is_good ? 0 : 1;
}
