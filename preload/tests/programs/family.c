// Children of every kind, each with another way to its end. Who reports prints its number.
#include "check.h"
#include <sys/wait.h>
#include <unistd.h>

static void say(void) {
    printf("%d\n", (int)getpid());
    fflush(stdout);
}

static void await(pid_t child) {
    int status;
    CHECK(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 7);
}

int main(void) {
    check_preloaded();
    pid_t child = fork();
    if (child == 0) {
        say();
        exit(7);
    }
    await(child);
    child = fork();
    if (child == 0) {
        say();
        child = fork();
        if (child == 0) {
            say();
            _Exit(7);
        }
        await(child);
        // Many programs close stderr before they are done.
        close(2);
        _exit(7);
    }
    await(child);
    // These have no memory of their own, or may call next to nothing: no report.
    child = vfork();
    if (child == 0) _exit(7);
    await(child);
    child = _Fork();
    if (child == 0) _exit(7);
    await(child);
    say();
    return 0;
}
