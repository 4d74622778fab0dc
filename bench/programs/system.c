/* What the kernel does for a program: system calls, switches between processes, new processes. */
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

uint64_t getpid_loop(uint64_t rounds)
{
    uint64_t same = 0;
    long first = syscall(SYS_getpid);
    while (rounds--)
        same += syscall(SYS_getpid) == first;
    return same;
}

uint64_t pipe_pingpong(uint64_t rounds)
{
    int there[2], back[2];
    uint64_t sum = 0;
    char byte = 0;

    if (pipe(there) || pipe(back))
        return 0;
    if (fork() == 0) {
        close(there[1]);
        while (read(there[0], &byte, 1) == 1) {
            byte++;
            if (write(back[1], &byte, 1) != 1)
                break;
        }
        _exit(0);
    }
    while (rounds--) {
        if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1)
            return 0;
        sum += (uint8_t) byte;
    }
    close(there[1]);
    wait(0);
    return sum;
}

uint64_t fork_exec(uint64_t rounds)
{
    uint64_t done = 0;
    while (rounds--) {
        pid_t child = fork();
        if (child == 0) {
            execl("/proc/self/exe", "bench", "exit", (char *) 0);
            _exit(1);
        }
        int status = 1;
        waitpid(child, &status, 0);
        done += status == 0;
    }
    return done;
}
