/*
 * Runs instructions natively for comparison. The cases lie in a file that both processes map; a
 * number on standard input says how many to run, the same number on standard output that the
 * states after them have replaced those before.
 *
 * A state enters through the frame of a signal and is taken from that of the next (SIGTRAP by the
 * INT3 behind the code, or the fault it raised), whose handler goes on with the next case: so no
 * register needs to be spared, and a case costs one exception and one sigreturn. While a handler
 * runs, FS and GS are what the case left, so nothing here may use thread-local storage: the helper
 * functions are local and the libraries are bound early.
 */
#define _GNU_SOURCE
#include <asm/ldt.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/ucontext.h>
#include <unistd.h>

#define CODE_REGION 0x200000L
#define CODE_REGION_BYTES 0x10000L
#define CODE_ADDRESS 0x208000L
#define DATA_ADDRESS 0x300000L
#define DATA_BYTES 512
#define XSTATE_BV 512 /* offsets in the standard XSAVE format */
#define YMM 576
#define XSTATE_BYTES 832
#define HWCAP2_FSGSBASE 2
#define SLOTS 512
#define TIMED_OUT 255

#define CAN_SEGMENTS 1 /* 16-bit code and segments with bases */
#define CAN_AVX 2

enum { ES, CS, SS, DS, FS, GS };

struct state {
    uint32_t vector; /* out: what ended the code, 3 for its end */
    uint32_t error;
    uint64_t rip; /* out */
    uint64_t cr2; /* out */
    uint64_t gpr[16];
    uint64_t rflags;
    uint64_t bases[2]; /* of FS and GS, where their selectors are null */
    uint16_t selectors[6];
    uint32_t code_length; /* in */
    uint8_t fx[512];
    uint8_t ymm[256]; /* upper halves of YMM0..15 */
    uint8_t data[DATA_BYTES];
    uint8_t code[64];
};

static struct state *slots;
static volatile unsigned count, next; /* handlers change them behind the back of raise() */
static volatile int running; /* a case, rather than this program */
static uint8_t *code, *data;
static greg_t saved[NGREG];
static uint8_t saved_fx[XSTATE_BYTES];
static uint64_t saved_fs, saved_gs;
static unsigned abilities;
static const int order[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                              REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                              REG_R12, REG_R13, REG_R14, REG_R15};

static inline void copy(void *to, const void *from, size_t n)
{
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
}

static inline void fill(void *to, int value, size_t n)
{
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(value) : "memory");
}

#define READ_SELECTOR(name, to) __asm__ volatile("mov %%" #name ", %0" : "=r"(to))
#define LOAD_SELECTOR(name, from) __asm__ volatile("mov %0, %%" #name : : "r"((uint32_t)(from)))
#define READ_BASE(name, to) __asm__ volatile("rd" #name "base %0" : "=r"(to))
#define LOAD_BASE(name, from) __asm__ volatile("wr" #name "base %0" : : "r"((uint64_t)(from)))

/* Puts the next case into a frame. */
static void load(ucontext_t *u)
{
    greg_t *r = u->uc_mcontext.gregs;
    uint8_t *fx = (uint8_t *)u->uc_mcontext.fpregs;
    struct state *s = &slots[next];
    int segmented = (s->selectors[CS] & 4) != 0;

    running = 1;
    fill(code, 0xcc, sizeof s->code + 16);
    copy(code, s->code, s->code_length);
    fill(data - 4096, 0, 4096);
    copy(data, s->data, DATA_BYTES);
    fill(data + DATA_BYTES, 0, 8192 - DATA_BYTES);
    for (int i = 0; i < 16; i++)
        r[order[i]] = (greg_t)s->gpr[i];
    r[REG_RIP] = CODE_ADDRESS - (segmented ? CODE_REGION : 0);
    r[REG_CSGSFS] = s->selectors[CS] | (greg_t)((uint64_t)s->selectors[SS] << 48);
    r[REG_EFL] = (greg_t)(s->rflags & 0x40cd5) | 0x202;
    u->uc_flags |= 6; /* SS counts */
    copy(fx, s->fx, 464); /* the rest is the kernel's description of the area */
    if (abilities & CAN_AVX) {
        copy(fx + YMM, s->ymm, sizeof s->ymm);
        *(uint64_t *)(fx + XSTATE_BV) |= 7;
    }
    LOAD_SELECTOR(es, s->selectors[ES]);
    LOAD_SELECTOR(ds, s->selectors[DS]);
    LOAD_SELECTOR(fs, s->selectors[FS]);
    LOAD_SELECTOR(gs, s->selectors[GS]);
    if (s->selectors[FS] < 4)
        LOAD_BASE(fs, s->bases[0]);
    if (s->selectors[GS] < 4)
        LOAD_BASE(gs, s->bases[1]);
}

static void enter(int number, siginfo_t *info, void *frame)
{
    ucontext_t *u = frame;
    (void)number;
    (void)info;
    copy(saved, u->uc_mcontext.gregs, sizeof saved);
    copy(saved_fx, u->uc_mcontext.fpregs, abilities & CAN_AVX ? XSTATE_BYTES : 512);
    READ_BASE(fs, saved_fs);
    READ_BASE(gs, saved_gs);
    load(u);
}

static void leave(int number, siginfo_t *info, void *frame)
{
    ucontext_t *u = frame;
    greg_t *r = u->uc_mcontext.gregs;
    uint8_t *fx = (uint8_t *)u->uc_mcontext.fpregs;
    struct state *s = &slots[next];

    (void)info;
    if (!running)
        return;
    __asm__ volatile("push $0x202; popfq" : : : "cc", "memory"); /* AC, NT and ID off */
    READ_SELECTOR(es, s->selectors[ES]);
    READ_SELECTOR(ds, s->selectors[DS]);
    READ_SELECTOR(fs, s->selectors[FS]);
    READ_SELECTOR(gs, s->selectors[GS]);
    READ_BASE(fs, s->bases[0]);
    READ_BASE(gs, s->bases[1]);
    s->selectors[CS] = (uint16_t)r[REG_CSGSFS];
    s->selectors[SS] = (uint16_t)((uint64_t)r[REG_CSGSFS] >> 48);
    s->vector = number == SIGPROF ? TIMED_OUT : (uint32_t)r[REG_TRAPNO];
    s->error = (uint32_t)r[REG_ERR];
    s->cr2 = (uint64_t)r[REG_CR2];
    s->rip = (uint64_t)r[REG_RIP];
    for (int i = 0; i < 16; i++)
        s->gpr[i] = (uint64_t)r[order[i]];
    s->rflags = (uint64_t)r[REG_EFL];
    copy(s->fx, fx, 464);
    fill(s->ymm, 0, sizeof s->ymm);
    if ((abilities & CAN_AVX) && (*(uint64_t *)(fx + XSTATE_BV) & 4))
        copy(s->ymm, fx + YMM, sizeof s->ymm);
    copy(s->data, data, DATA_BYTES);
    if (number != SIGPROF && ++next < count) {
        load(u);
        return;
    }
    if (number == SIGPROF) /* the rest gets a timer of its own */
        next++;
    running = 0;
    LOAD_SELECTOR(es, 0x2b);
    LOAD_SELECTOR(ds, 0x2b);
    LOAD_SELECTOR(fs, 0);
    LOAD_SELECTOR(gs, 0);
    LOAD_BASE(fs, saved_fs);
    LOAD_BASE(gs, saved_gs);
    u->uc_flags |= 6;
    copy(r, saved, sizeof saved);
    copy(fx, saved_fx, 464);
    if (abilities & CAN_AVX) {
        *(uint64_t *)(fx + XSTATE_BV) |= 7;
        copy(fx + YMM, saved_fx + YMM, sizeof s->ymm);
    }
}

/* Local descriptors; HostSegments.java has the same list. */
static int segments(void)
{
    static const struct user_desc list[] = {
        {.base_addr = CODE_REGION, .limit = 0xffff, .contents = 2},
        {.base_addr = DATA_ADDRESS - 0x8000, .limit = 0xffff},
        {.base_addr = DATA_ADDRESS - 0x8000, .limit = 0x81ff, .read_exec_only = 1},
        {.base_addr = DATA_ADDRESS - 0x8000, .limit = 0x7fff, .contents = 1},
        {.base_addr = DATA_ADDRESS - 0x100, .limit = 0x2ff, .seg_32bit = 1},
        {.base_addr = DATA_ADDRESS - 0x8000, .limit = 0xffff, .seg_not_present = 1},
        {.limit = 0xfffff, .limit_in_pages = 1, .contents = 2, .seg_32bit = 1},
        {.base_addr = CODE_REGION, .limit = 0xffff, .contents = 2, .read_exec_only = 1},
    };
    for (unsigned i = 0; i < sizeof list / sizeof *list; i++) {
        struct user_desc d = list[i];
        d.entry_number = i;
        if (syscall(SYS_modify_ldt, 0x11, &d, sizeof d) != 0)
            return 0;
    }
    return 1;
}

/* Code is written through one mapping and executed from another, which is read-only. */
static int map_memory(void)
{
    int flags = MAP_FIXED_NOREPLACE;
    int file = memfd_create("code", 0);
    uint8_t *all;

    if (file < 0 || ftruncate(file, CODE_REGION_BYTES) != 0)
        return 0;
    all = mmap(0, CODE_REGION_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (all == MAP_FAILED
        || mmap((void *)CODE_REGION, CODE_REGION_BYTES, PROT_READ | PROT_EXEC,
                MAP_SHARED | flags, file, 0) != (void *)CODE_REGION)
        return 0;
    fill(all, 0xcc, CODE_REGION_BYTES);
    code = all + (CODE_ADDRESS - CODE_REGION);
    data = mmap((void *)(DATA_ADDRESS - 4096), 12288, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    data += 4096;
    return data == (uint8_t *)DATA_ADDRESS;
}

int main(int argc, char **argv)
{
    static uint8_t stack[65536];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction on = {.sa_flags = SA_SIGINFO | SA_ONSTACK};
    int ends[] = {SIGTRAP, SIGILL, SIGSEGV, SIGFPE, SIGBUS, SIGPROF};
    struct itimerval limit = {.it_value = {.tv_sec = 2}}, off = {0};
    int file = open(argv[argc - 1], O_RDWR);
    uint32_t answer;

    slots = mmap(0, SLOTS * sizeof *slots, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (slots == MAP_FAILED || !map_memory() || !(getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE))
        return 2;
    abilities = (segments() ? CAN_SEGMENTS : 0) | (__builtin_cpu_supports("avx") ? CAN_AVX : 0);
    LOAD_SELECTOR(es, 0x2b); /* what 32-bit programs have */
    LOAD_SELECTOR(ds, 0x2b);
    sigaltstack(&alternate, 0);
    sigfillset(&on.sa_mask);
    on.sa_sigaction = enter;
    sigaction(SIGUSR1, &on, 0);
    on.sa_sigaction = leave;
    for (unsigned i = 0; i < sizeof ends / sizeof *ends; i++)
        sigaction(ends[i], &on, 0);
    answer = abilities;
    do {
        if (write(1, &answer, sizeof answer) != sizeof answer
            || read(0, &count, sizeof count) != sizeof count || count > SLOTS)
            return 0;
        for (next = 0; next < count;) {
            setitimer(ITIMER_PROF, &limit, 0);
            raise(SIGUSR1);
        }
        setitimer(ITIMER_PROF, &off, 0);
        answer = count;
    } while (1);
}
