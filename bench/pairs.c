/*
 * pairs: runs two commands in turn and compares what they cost.
 *
 *     pairs ROUNDS[:PAUSE] FIRST [ARG...] -- SECOND [ARG...]
 *     pairs ROUNDS[:PAUSE] COMMAND [ARG...]
 *
 * Each round runs both, in an order that alternates. CPU is user and system time of the whole process tree: of the command, of
 * what it waited for, and (this program is their subreaper) of whatever outlived its parent. Wall is fork to the command's exit.
 * A ratio or difference is the median of the rounds' own, so that a busy neighbour, who slows both runs of a round, cancels out.
 * A pause of PAUSE milliseconds before each run shows waits that a run right after another is spared (a grace period of RCU).
 * The commands' output is discarded; a command that fails ends the comparison.
 *
 * Prints `name value` lines, times in milliseconds, memory in kilobytes, with a suffix 1 or 2 for the command:
 *     cpu wall (medians), cpu-min wall-min, faults (minimum), rss (largest peak of one process), then
 *     cpu-ratio wall-ratio (first / second), cpu-more wall-more (first - second)
 * Statically linked, so that the pages of its own forks do not show in the figures of what they execute.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct sample {
    double cpu, wall;
    long faults, rss;
};

static double seconds(struct timeval time)
{
    return time.tv_sec + time.tv_usec / 1e6;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void add(struct sample *sample, const struct rusage *usage)
{
    sample->cpu += (seconds(usage->ru_utime) + seconds(usage->ru_stime)) * 1e3;
    sample->faults += usage->ru_minflt + usage->ru_majflt;
    if (usage->ru_maxrss > sample->rss)
        sample->rss = usage->ru_maxrss;
}

static struct sample run(char **command)
{
    struct sample sample = { 0 };
    struct rusage usage;
    int status, failed = 0;
    double start = now();
    pid_t child = fork();
    if (child < 0) {
        perror("pairs: fork");
        exit(1);
    }
    if (child == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, 0);
        dup2(null, 1);
        close(null);
        execvp(command[0], command);
        fprintf(stderr, "pairs: %s: %s\n", command[0], strerror(errno));
        _exit(127);
    }
    for (pid_t ended; (ended = wait4(-1, &status, 0, &usage)) > 0;) {
        add(&sample, &usage);
        if (ended != child)
            continue;
        sample.wall = (now() - start) * 1e3;
        failed = status;
    }
    if (failed) {
        fprintf(stderr, "pairs: %s failed with status %d\n", command[0], WIFEXITED(failed) ? WEXITSTATUS(failed) : 128 + WTERMSIG(failed));
        exit(1);
    }
    return sample;
}

static int ascending(const void *left, const void *right)
{
    double l = *(const double *)left, r = *(const double *)right;
    return (l > r) - (l < r);
}

static void sort(double *values, int count)
{
    qsort(values, count, sizeof *values, ascending);
}

static double median(const double *sorted, int count)
{
    return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

static void print_command(const struct sample *samples, int rounds, int number)
{
    double *cpu = calloc(rounds, sizeof *cpu), *wall = calloc(rounds, sizeof *wall);
    long faults = samples[0].faults, rss = 0;
    for (int i = 0; i < rounds; i++) {
        cpu[i] = samples[i].cpu;
        wall[i] = samples[i].wall;
        if (samples[i].faults < faults)
            faults = samples[i].faults;
        if (samples[i].rss > rss)
            rss = samples[i].rss;
    }
    sort(cpu, rounds);
    sort(wall, rounds);
    printf("cpu%d %.3f\nwall%d %.3f\ncpu-min%d %.3f\nwall-min%d %.3f\n",
        number, median(cpu, rounds), number, median(wall, rounds), number, cpu[0], number, wall[0]);
    printf("faults%d %ld\nrss%d %ld\n", number, faults, number, rss);
}

static double divide(double first, double second)
{
    return first / second;
}

static double subtract(double first, double second)
{
    return first - second;
}

static void print_relation(const char *name, struct sample *samples[2], int rounds, double (*relate)(double, double))
{
    double *cpu = calloc(rounds, sizeof *cpu), *wall = calloc(rounds, sizeof *wall);
    for (int i = 0; i < rounds; i++) {
        cpu[i] = relate(samples[0][i].cpu, samples[1][i].cpu);
        wall[i] = relate(samples[0][i].wall, samples[1][i].wall);
    }
    sort(cpu, rounds);
    sort(wall, rounds);
    printf("cpu-%s %.3f\nwall-%s %.3f\n", name, median(cpu, rounds), name, median(wall, rounds));
}

int main(int argc, char **argv)
{
    int rounds = argc > 2 ? atoi(argv[1]) : 0;
    char *pause_text = argc > 2 ? strchr(argv[1], ':') : NULL;
    useconds_t pause = pause_text ? atoi(pause_text + 1) * 1000 : 0;
    if (rounds < 1) {
        fprintf(stderr, "usage: pairs ROUNDS[:PAUSE] FIRST [ARG...] [-- SECOND [ARG...]]\n");
        return 2;
    }
    char **commands[2] = { argv + 2, NULL };
    for (int i = 3; i < argc - 1 && !commands[1]; i++)
        if (strcmp(argv[i], "--") == 0) {
            argv[i] = NULL;
            commands[1] = argv + i + 1;
        }
    int count = commands[1] ? 2 : 1;

    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    struct sample *samples[2] = { calloc(rounds, sizeof(struct sample)), calloc(rounds, sizeof(struct sample)) };
    for (int round = -1; round < rounds; round++) /* the first round warms caches */
        for (int i = 0; i < count; i++) {
            int which = round % 2 ? count - 1 - i : i;
            usleep(pause);
            struct sample sample = run(commands[which]);
            if (round >= 0)
                samples[which][round] = sample;
        }

    for (int i = 0; i < count; i++)
        print_command(samples[i], rounds, i + 1);
    if (count == 2) {
        print_relation("ratio", samples, rounds, divide);
        print_relation("more", samples, rounds, subtract);
    }
    return 0;
}
