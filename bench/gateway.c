/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The front door beside libssl on a bare epoll loop: full mutual handshakes of a known device, and
 * resumptions, in TLS 1.2 and 1.3. Each server has the first processor for itself, the devices have
 * the others. Medians of five alternating runs; rates are by the server's own CPU time, so that
 * others on the machine do not count, and by the clock. Arguments: the program, a folder for files
 * that are deleted afterwards, and a file for JSON.
 */
#include "gateway_bare.h"
#include "gateway_clients.h"
#include "measure.h"
#include <arpa/inet.h>
#include <jansson.h>
#include <limits.h>
#include <openssl/ssl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RUNS = 5, AT_A_TIME = 16 };

static const double run_seconds = 1;

typedef struct subject {
    const char *name;
    int version;
    bool resumes;
} subject;

static const subject subjects[] = {
    {"full 1.3", TLS1_3_VERSION, false},
    {"full 1.2", TLS1_2_VERSION, false},
    {"resumed 1.3", TLS1_3_VERSION, true},
    {"resumed 1.2", TLS1_2_VERSION, true},
};

enum { SUBJECTS = sizeof(subjects) / sizeof(subjects[0]) };

typedef enum server_kind { GATEWAY, BARE, SERVERS } server_kind;

typedef struct server {
    pid_t started; /* what is to be ended */
    pid_t serves;  /* whose time counts */
    uint16_t port;
} server;

static void require(bool is_good, const char *what)
{
    if (!is_good) {
        fprintf(stderr, "bench_gateway: %s\n", what);
        exit(1);
    }
}

/* Servers run on the first processor, devices on the others, where there are others. */
static void take_processors(bool is_server)
{
    cpu_set_t set;
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    CPU_ZERO(&set);
    for (long i = 0; i < count; i++) {
        if ((i == 0) == is_server || count == 1) {
            CPU_SET((size_t)i, &set);
        }
    }
    require(sched_setaffinity(0, sizeof(set), &set) == 0, "no processor of its own");
}

static pid_t fork_server(void)
{
    pid_t child = fork();
    require(child >= 0, "no process");
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setsid(); /* where the kernel schedules by session, none shares its portion with devices */
        take_processors(true);
    }
    return child;
}

static server start_bare(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    require(bind(listener, (struct sockaddr *)&address, len) == 0 && listen(listener, 1024) == 0 &&
                getsockname(listener, (struct sockaddr *)&address, &len) == 0,
            "no listener");
    pid_t child = fork_server();
    if (child == 0) {
        bare_serve(listener, "server.pem", "server.key");
    }
    close(listener);
    return (server){child, child, ntohs(address.sin_port)};
}

/* The one process that serves is the gateway's only child. */
static pid_t find_child(pid_t parent)
{
    char path[64];
    int child = 0;
    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)parent, (int)parent);
    for (unsigned attempt = 0; attempt < 1000 && child == 0; attempt++) {
        FILE *file = fopen(path, "r");
        require(file != NULL, path);
        if (fscanf(file, "%d", &child) != 1) {
            child = 0;
            usleep(10000);
        }
        fclose(file);
    }
    require(child != 0, "the gateway has started nobody");
    return child;
}

static server start_gateway(const char *program)
{
    int ends[2];
    unsigned port = 0;
    char line[512];
    require(pipe(ends) == 0, "no pipe");
    pid_t child = fork_server();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        execl(program, program, "gateway", "run", "--config", "gateway.conf", "--json", NULL);
        exit(1);
    }
    close(ends[1]);
    FILE *log = fdopen(ends[0], "r");
    while (port == 0 && fgets(line, sizeof(line), log) != NULL) {
        char *at = strstr(line, "127.0.0.1:");
        port = at == NULL ? 0 : (unsigned)strtoul(at + strlen("127.0.0.1:"), NULL, 10);
    }
    require(port != 0, "the gateway does not listen");
    return (server){child, find_child(child), (uint16_t)port};
}

static void run(const char *command)
{
    require(system(command) == 0, command);
}

static void prepare(const char *program, const char *folder)
{
    static const char config[] = "certificate = \"server.pem\"\nkey = \"server.key\"\n"
                                 "registry = \"sqlite:fleet.db\"\nlog = none\n"
                                 "connections_per_second = 0\nlisten \"127.0.0.1:0\" {}\n";
    char command[4 * PATH_MAX];
    require(chdir(folder) == 0, folder);
    run("rm -f fleet.db* acme.* N1.*");
    snprintf(command, sizeof(command),
             "{ '%s' signer create acme --years 5 && '%s' device create N1 --signer-cert acme.cert "
             "--signer-key acme.key && '%s' registry ca add acme.cert --org acme --trusted --jitp "
             "product=t --registry sqlite:fleet.db; } >bench.log 2>&1",
             program, program, program);
    run(command);
    run("openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -keyout server.key "
        "-out server.pem -subj /CN=localhost 2>>bench.log");
    FILE *file = fopen("gateway.conf", "w");
    require(file != NULL && fputs(config, file) >= 0 && fclose(file) == 0, "gateway.conf");
}

static double cpu_seconds_of(pid_t process)
{
    clockid_t clock;
    struct timespec now;
    require(clock_getcpuclockid(process, &clock) == 0 && clock_gettime(clock, &now) == 0,
            "no clock of the server");
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

typedef struct rates {
    double by_cpu[RUNS];
    double by_clock[RUNS];
} rates;

static void measure(const server *of, const subject *what, rates *ret, int at)
{
    const clients_options options = {.port = of->port,
                                     .version = what->version,
                                     .resumes = what->resumes,
                                     .certificate = "N1.cert",
                                     .key = "N1.key",
                                     .at_a_time = AT_A_TIME,
                                     .seconds = run_seconds};
    double cpu = cpu_seconds_of(of->serves);
    double clock = bench_wall_seconds();
    double count = (double)clients_run(&options);
    ret->by_cpu[at] = count / (cpu_seconds_of(of->serves) - cpu);
    ret->by_clock[at] = count / (bench_wall_seconds() - clock);
}

static json_t *tell(const subject *what, rates *of)
{
    double gateway = bench_median(of[GATEWAY].by_cpu, RUNS);
    double bare = bench_median(of[BARE].by_cpu, RUNS);
    double gateway_clock = bench_median(of[GATEWAY].by_clock, RUNS);
    double bare_clock = bench_median(of[BARE].by_clock, RUNS);
    printf("%-12s %7.0f/s of CPU, bare %7.0f/s: %4.2f    %7.0f/s by the clock, bare %7.0f/s\n",
           what->name, gateway, bare, gateway / bare, gateway_clock, bare_clock);
    return json_pack("{s:s, s:f, s:f, s:f, s:f, s:f}", "what", what->name, "per_cpu_second",
                     gateway, "bare_per_cpu_second", bare, "ratio", gateway / bare, "per_second",
                     gateway_clock, "bare_per_second", bare_clock);
}

int main(int argc, char **argv)
{
    rates measured[SERVERS];
    char json[PATH_MAX];
    char program[PATH_MAX];
    require(argc == 4 && realpath(argv[1], program) != NULL && realpath(argv[2], json) != NULL,
            "usage: bench_gateway PROGRAM FOLDER JSON");
    json_t *all = json_array();
    prepare(program, argv[2]);
    signal(SIGPIPE, SIG_IGN);
    server servers[SERVERS] = {[GATEWAY] = start_gateway(program), [BARE] = start_bare()};
    take_processors(false);
    for (int i = 0; i < SUBJECTS; i++) {
        for (int at = 0; at < RUNS; at++) {
            measure(&servers[GATEWAY], &subjects[i], &measured[GATEWAY], at);
            measure(&servers[BARE], &subjects[i], &measured[BARE], at);
        }
        json_array_append_new(all, tell(&subjects[i], measured));
    }
    kill(servers[GATEWAY].started, SIGTERM);
    kill(servers[BARE].started, SIGKILL);
    waitpid(servers[GATEWAY].started, NULL, 0);
    require(json_dump_file(all, argv[3], JSON_INDENT(2)) == 0, argv[3]);
    json_decref(all);
    return 0;
}
