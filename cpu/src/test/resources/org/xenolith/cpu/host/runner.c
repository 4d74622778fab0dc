/*
 * Runs instructions natively for comparison: reads cases from standard input, writes the states
 * after them to standard output. A state enters through the frame of one signal (SIGUSR1) and is
 * taken from that of another (SIGTRAP by the INT3 behind the code, or the fault it raised), so no
 * register needs to be spared.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ucontext.h>

#define CODE_ADDRESS 0x200000L
#define DATA_ADDRESS 0x300000L
#define DATA_BYTES 512
#define XSTATE_BV 512 /* offsets in the standard XSAVE format */
#define YMM 576
#define XSTATE_BYTES 832

struct state {
    uint32_t vector; /* out: what ended the code, 3 for its end */
    uint32_t error;
    uint64_t rip; /* out: relative to the code */
    uint64_t gpr[16];
    uint64_t rflags;
    uint8_t fx[512];
    uint8_t ymm[256]; /* upper halves of YMM0..15 */
    uint8_t data[DATA_BYTES];
    uint32_t code_length; /* in */
    uint32_t code_bits;   /* in: 64, or 32 to run in compatibility mode */
    uint8_t code[56];
};

static struct state current;
static greg_t saved[NGREG];
static uint8_t saved_fx[XSTATE_BYTES];
static int has_avx;
static const int order[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                              REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                              REG_R12, REG_R13, REG_R14, REG_R15};

static void enter(int number, siginfo_t *info, void *frame)
{
    ucontext_t *u = frame;
    greg_t *r = u->uc_mcontext.gregs;
    uint8_t *fx = (uint8_t *)u->uc_mcontext.fpregs;
    (void)number;
    (void)info;
    memcpy(saved, r, sizeof saved);
    memcpy(saved_fx, fx, has_avx ? XSTATE_BYTES : 512);
    for (int i = 0; i < 16; i++)
        r[order[i]] = (greg_t)current.gpr[i];
    r[REG_RIP] = CODE_ADDRESS;
    if (current.code_bits == 32) /* the selectors that Linux gives to 32-bit programs */
        r[REG_CSGSFS] = (r[REG_CSGSFS] & ~0xffffL) | 0x23;
    r[REG_EFL] = (greg_t)(current.rflags & 0xcd5) | 0x202;
    memcpy(fx, current.fx, 464); /* the rest is the kernel's description of the area */
    if (has_avx) {
        memcpy(fx + YMM, current.ymm, sizeof current.ymm);
        *(uint64_t *)(fx + XSTATE_BV) |= 7;
    }
}

static void leave(int number, siginfo_t *info, void *frame)
{
    ucontext_t *u = frame;
    greg_t *r = u->uc_mcontext.gregs;
    uint8_t *fx = (uint8_t *)u->uc_mcontext.fpregs;
    (void)number;
    (void)info;
    current.vector = (uint32_t)r[REG_TRAPNO];
    current.error = (uint32_t)r[REG_ERR];
    current.rip = (uint64_t)r[REG_RIP] - CODE_ADDRESS;
    for (int i = 0; i < 16; i++)
        current.gpr[i] = (uint64_t)r[order[i]];
    current.rflags = (uint64_t)r[REG_EFL];
    memcpy(current.fx, fx, 464);
    memset(current.ymm, 0, sizeof current.ymm);
    if (has_avx && (*(uint64_t *)(fx + XSTATE_BV) & 4))
        memcpy(current.ymm, fx + YMM, sizeof current.ymm);
    memcpy(r, saved, sizeof saved);
    memcpy(fx, saved_fx, 464);
    if (has_avx) {
        *(uint64_t *)(fx + XSTATE_BV) |= 7;
        memcpy(fx + YMM, saved_fx + YMM, sizeof current.ymm);
    }
}

int main(void)
{
    static uint8_t stack[65536];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction on = {.sa_flags = SA_SIGINFO | SA_ONSTACK};
    int ends[] = {SIGTRAP, SIGILL, SIGSEGV, SIGFPE, SIGBUS};
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
    uint8_t *code = mmap((void *)CODE_ADDRESS, 4096, 7, flags, -1, 0);
    uint8_t *data = mmap((void *)(DATA_ADDRESS - 4096), 12288, 3, flags, -1, 0);

    if (code != (void *)CODE_ADDRESS || data != (void *)(DATA_ADDRESS - 4096))
        return 2;
    data += 4096;
    has_avx = __builtin_cpu_supports("avx");
    __asm__ volatile("mov %0, %%ds; mov %0, %%es" : : "r"(0x2b)); /* for compatibility mode */
    sigaltstack(&alternate, 0);
    sigfillset(&on.sa_mask);
    on.sa_sigaction = enter;
    sigaction(SIGUSR1, &on, 0);
    on.sa_sigaction = leave;
    for (unsigned i = 0; i < sizeof ends / sizeof *ends; i++)
        sigaction(ends[i], &on, 0);
    while (fread(&current, sizeof current, 1, stdin) == 1) {
        memset(code, 0xcc, 128);
        memcpy(code, current.code, current.code_length);
        memcpy(data, current.data, DATA_BYTES);
        raise(SIGUSR1);
        memcpy(current.data, data, DATA_BYTES);
        fwrite(&current, sizeof current, 1, stdout);
        fflush(stdout);
    }
    return 0;
}
