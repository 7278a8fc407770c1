/* A pseudo terminal has no DTR and RTS: the system refuses the calls that move them. Preloaded into a program, this does as if there were the two
 * lines, and tells each change as a byte into the file that MODEM_LINES names: 1 for DTR, 2 for RTS, 3 for both. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int lines;

static int changed(int now) {
    static int file = -1;
    lines = now;
    if (file < 0) file = open(getenv("MODEM_LINES"), O_WRONLY | O_CLOEXEC);
    char told = (char)((now & TIOCM_DTR ? 1 : 0) | (now & TIOCM_RTS ? 2 : 0));
    return write(file, &told, 1) == 1 ? 0 : -1;
}

int ioctl(int file, unsigned long request, ...) {
    va_list arguments;
    va_start(arguments, request);
    int *argument = va_arg(arguments, int *);
    va_end(arguments);
    switch (request) {
    case TIOCMGET:
        *argument = lines;
        return 0;
    case TIOCMSET:
        return changed(*argument);
    case TIOCMBIS:
        return changed(lines | *argument);
    case TIOCMBIC:
        return changed(lines & ~*argument);
    }
    int (*system_call)(int, unsigned long, ...) = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
    return system_call(file, request, argument);
}
