#define _GNU_SOURCE
#include "CMoE2Process.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The child shares the parent's memory until it executes: only async-signal-safe calls, no allocation. */
static void prepare_child(pid_t parent, int output, const sigset_t *no_signals) {
    struct sigaction action = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) sigaction(number, &action, NULL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* The parent may have ended before the line above took effect. */
    if (getppid() != parent) _exit(127);
    int null = open("/dev/null", O_RDONLY);
    if (null >= 0) dup2(null, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    /* Sockets and pipes of the parent must not stay open in the child. */
    if (syscall(SYS_close_range, 3u, ~0u, 0u) != 0) {
        for (int descriptor = 3; descriptor < 4096; descriptor++) close(descriptor);
    }
    sigprocmask(SIG_SETMASK, no_signals, NULL);
}

int moe2_spawn(const char *path, char *const arguments[], char *const environment[], int output, pid_t *pid) {
    sigset_t all, none, before;
    sigfillset(&all);
    sigemptyset(&none);
    /* A signal handler of the parent must not run in the child while memory is shared. */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    volatile int failure = 0;
    pid_t parent = getpid();
    pid_t child = vfork();
    if (child == 0) {
        prepare_child(parent, output, &none);
        execve(path, arguments, environment);
        failure = errno;
        _exit(127);
    }
    int error = child < 0 ? errno : failure;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error == 0) *pid = child;
    return error;
}

int moe2_pidfd(pid_t pid) {
#ifdef SYS_pidfd_open
    return (int)syscall(SYS_pidfd_open, pid, 0);
#else
    (void)pid;
    return -1;
#endif
}
