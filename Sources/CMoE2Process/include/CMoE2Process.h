/* The module CMoE2Process: what Swift cannot do by itself to start a child process safely. */
#ifndef CMOE2_PROCESS_H
#define CMOE2_PROCESS_H

#include <sys/types.h>

/*
 * Starts the program at `path` in a process group of its own, with standard input from /dev/null and standard output and
 * error into the descriptor `output`; nothing else is inherited.
 *
 * The kernel kills the child with SIGKILL when the *thread* that called this ends, however that happens: call it from a
 * thread that lives as long as the child is wanted. A kill -9 of the whole process counts.
 *
 * Returns 0 and sets `pid`, or returns an errno.
 */
int moe2_spawn(const char *path, char *const arguments[], char *const environment[], int output, pid_t *pid);

/* A descriptor that becomes readable when `pid` ends; -1 when the kernel has none (before Linux 5.3). */
int moe2_pidfd(pid_t pid);

#endif
