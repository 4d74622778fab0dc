/*
 * Runs instructions natively for comparison. The cases lie in a file that both processes map; a
 * number on standard input says how many to run, the same number on standard output that the
 * states after them have replaced those before.
 *
 * A case starts with a far jump and ends with a signal: SIGTRAP by the INT3 behind the code, or the
 * fault that it raised. Where the code cannot go elsewhere than to its end, and the case says so, a
 * short jump stands there instead, which costs a tenth of an exception; its offset is an INT3 too,
 * lest code that is longer than it should be passes unnoticed. It leads to a jump before the code
 * that goes out. Between a case and the end of its batch FS and GS are what it left, so
 * nothing there may use thread-local storage: the helper functions are local and the libraries are
 * bound early.
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
#define PLACED 64 /* bytes before the code that are written with it */
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
    uint16_t code_length; /* in */
    uint16_t straight; /* in: an instruction that goes on to its end or raises an exception */
    uint8_t fx[512]; /* with the next two, an area for XSAVE in its standard format */
    uint64_t xstate_bv, header[7];
    uint8_t ymm[256]; /* upper halves of YMM0..15 */
    uint8_t data[DATA_BYTES];
    uint8_t code[64];
};

static struct state *slots;
static volatile unsigned next;
static volatile int running; /* a case, rather than this program */
static uint8_t *code, *data;
static uint64_t own_fs, own_gs;
static unsigned abilities;
static const int order[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                              REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                              REG_R12, REG_R13, REG_R14, REG_R15};

/* for the assembly below */
static uint64_t own_rsp __attribute__((used)), left_rax __attribute__((used));
static struct state *current __attribute__((used));
static uint32_t has_avx __attribute__((used)), own_mxcsr __attribute__((used)) = 0x1f80;
static struct {
    uint32_t offset;
    uint16_t selector;
} __attribute__((packed)) target __attribute__((used, aligned(8)));

/*
 * int run_case(struct state *): 1 if it came to the jump at its end, whose registers stand in the
 * state then; 0 if a signal ended it. The numbers are offsets into the structure.
 */
int run_case(struct state *s);
void left_at_end(void), left_by_signal(void);
__asm__("run_case:\n"
        " push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n"
        " mov %rsp, own_rsp(%rip)\n"
        " mov %rdi, current(%rip)\n"
        " cmpl $0, has_avx(%rip)\n jz 1f\n"
        " mov $7, %eax\n xor %edx, %edx\n xrstor64 192(%rdi)\n jmp 2f\n"
        "1: fxrstor64 192(%rdi)\n"
        "2: movzwl 180(%rdi), %eax\n mov %eax, %ss\n"
        " lea 152(%rdi), %rsp\n popfq\n"
        " mov 24(%rdi), %rax\n mov 32(%rdi), %rcx\n mov 40(%rdi), %rdx\n"
        " mov 48(%rdi), %rbx\n mov 56(%rdi), %rsp\n mov 64(%rdi), %rbp\n"
        " mov 72(%rdi), %rsi\n mov 88(%rdi), %r8\n mov 96(%rdi), %r9\n"
        " mov 104(%rdi), %r10\n mov 112(%rdi), %r11\n mov 120(%rdi), %r12\n"
        " mov 128(%rdi), %r13\n mov 136(%rdi), %r14\n mov 144(%rdi), %r15\n"
        " mov 80(%rdi), %rdi\n"
        " ljmp *target(%rip)\n"
        "left_at_end:\n"
        " mov %rax, left_rax(%rip)\n mov current(%rip), %rax\n mov %rsp, 56(%rax)\n"
        " mov own_rsp(%rip), %rsp\n pushfq\n popq 152(%rax)\n"
        " pushq $0x202\n popfq\n" /* AC, DF, NT and ID off */
        " mov %rcx, 32(%rax)\n mov %rdx, 40(%rax)\n mov %rbx, 48(%rax)\n"
        " mov %rbp, 64(%rax)\n mov %rsi, 72(%rax)\n mov %rdi, 80(%rax)\n"
        " mov %r8, 88(%rax)\n mov %r9, 96(%rax)\n mov %r10, 104(%rax)\n"
        " mov %r11, 112(%rax)\n mov %r12, 120(%rax)\n mov %r13, 128(%rax)\n"
        " mov %r14, 136(%rax)\n mov %r15, 144(%rax)\n"
        " mov left_rax(%rip), %rcx\n mov %rcx, 24(%rax)\n mov %rax, %rdi\n"
        " cmpl $0, has_avx(%rip)\n jz 3f\n"
        " mov $7, %eax\n xor %edx, %edx\n xsave64 192(%rdi)\n vzeroupper\n jmp 4f\n"
        "3: fxsave64 192(%rdi)\n"
        "4: fninit\n ldmxcsr own_mxcsr(%rip)\n"
        " mov $1, %eax\n jmp 5f\n"
        "left_by_signal:\n"
        " xor %eax, %eax\n"
        "5: pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n ret\n");

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

static void own_segments(void)
{
    LOAD_SELECTOR(es, 0x2b); /* what 32-bit programs have */
    LOAD_SELECTOR(ds, 0x2b);
    LOAD_SELECTOR(ss, 0x2b);
    LOAD_SELECTOR(fs, 0);
    LOAD_SELECTOR(gs, 0);
    LOAD_BASE(fs, own_fs);
    LOAD_BASE(gs, own_gs);
}

/* Writes the code of a case and what is around it, unless they stand there. */
static void place(const struct state *s)
{
    static uint64_t placed[18], wanted[18];
    uint8_t *w = (uint8_t *)wanted;
    int different = 0;

    fill(w, 0xcc, sizeof wanted);
    copy(w + PLACED, s->code, s->code_length);
    if (s->straight) {
        uint8_t *p = w + PLACED + s->code_length;
        *p++ = 0xeb;
        p += (int8_t)*p + 1; /* where this jump ends, before the code */
        if (s->selectors[CS] != 0x33) { /* JMP 33:offset to what follows */
            if (s->selectors[CS] != 0x23)
                *p++ = 0x66;
            *p++ = 0xea;
            *(uint32_t *)p = (uint32_t)(CODE_ADDRESS + (p + 6 - w) - PLACED);
            *(uint16_t *)(p + 4) = 0x33;
            p += 6;
        }
        *p++ = 0xff; /* JMP to where the 8 bytes before the code say, aligned: AC may be set */
        *p++ = 0x25;
        *(uint32_t *)p = (uint32_t)(w + PLACED - 8 - (p + 4));
        wanted[PLACED / 8 - 1] = (uint64_t)left_at_end;
    }
    for (int i = 0; i < 18; i++)
        different |= placed[i] != wanted[i];
    if (different) {
        copy(placed, wanted, sizeof wanted);
        copy(code - PLACED, wanted, sizeof wanted);
    }
}

static void read_segments(struct state *s)
{
    READ_SELECTOR(es, s->selectors[ES]);
    READ_SELECTOR(ds, s->selectors[DS]);
    READ_SELECTOR(fs, s->selectors[FS]);
    READ_SELECTOR(gs, s->selectors[GS]);
    READ_BASE(fs, s->bases[0]);
    READ_BASE(gs, s->bases[1]);
}

/* Runs the case that is next. */
static void run(void)
{
    struct state *s = &slots[next];
    int segmented = (s->selectors[CS] & 4) != 0;

    place(s);
    fill(data - 4096, 0, 4096);
    copy(data, s->data, DATA_BYTES);
    fill(data + DATA_BYTES, 0, 8192 - DATA_BYTES);
    s->rflags = (s->rflags & 0x40cd5) | 0x202;
    s->xstate_bv = 7;
    target.offset = CODE_ADDRESS - (segmented ? CODE_REGION : 0);
    target.selector = s->selectors[CS];
    LOAD_SELECTOR(es, s->selectors[ES]);
    LOAD_SELECTOR(ds, s->selectors[DS]);
    LOAD_SELECTOR(fs, s->selectors[FS]);
    LOAD_SELECTOR(gs, s->selectors[GS]);
    if (s->selectors[FS] < 4)
        LOAD_BASE(fs, s->bases[0]);
    if (s->selectors[GS] < 4)
        LOAD_BASE(gs, s->bases[1]);
    running = 1;
    if (run_case(s)) {
        running = 0;
        read_segments(s);
        READ_SELECTOR(ss, s->selectors[SS]);
        s->vector = 3; /* as the INT3 there would have it */
        s->error = 0;
        s->rip = target.offset + s->code_length + 1;
    }
    copy(s->data, data, DATA_BYTES);
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
    running = 0;
    __asm__ volatile("push $0x202; popfq" : : : "cc", "memory"); /* AC, NT and ID off */
    read_segments(s);
    s->selectors[CS] = (uint16_t)r[REG_CSGSFS];
    s->selectors[SS] = (uint16_t)((uint64_t)r[REG_CSGSFS] >> 48);
    s->vector = number == SIGPROF ? TIMED_OUT : (uint32_t)r[REG_TRAPNO];
    s->error = (uint32_t)r[REG_ERR];
    s->cr2 = (uint64_t)r[REG_CR2];
    s->rip = (uint64_t)r[REG_RIP];
    for (int i = 0; i < 16; i++)
        s->gpr[i] = (uint64_t)r[order[i]];
    s->rflags = (uint64_t)r[REG_EFL];
    copy(s->fx, fx, 464); /* the rest is the kernel's description of the area */
    fill(s->ymm, 0, sizeof s->ymm);
    if (has_avx && (*(uint64_t *)(fx + XSTATE_BV) & 4))
        copy(s->ymm, fx + YMM, sizeof s->ymm);
    r[REG_RIP] = (greg_t)left_by_signal;
    r[REG_RSP] = (greg_t)own_rsp;
    r[REG_CSGSFS] = 0x33 | (greg_t)(0x2bULL << 48);
    r[REG_EFL] = 0x202;
    u->uc_flags |= 6; /* SS counts */
    *(uint16_t *)fx = 0x37f;
    *(uint16_t *)(fx + 2) = 0;
    *(uint32_t *)(fx + 24) = own_mxcsr;
    if (has_avx)
        *(uint64_t *)(fx + XSTATE_BV) &= ~7ULL;
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
    uint32_t answer, count;

    slots = mmap(0, SLOTS * sizeof *slots, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (slots == MAP_FAILED || !map_memory() || !(getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE))
        return 2;
    has_avx = __builtin_cpu_supports("avx") != 0;
    abilities = (segments() ? CAN_SEGMENTS : 0) | (has_avx ? CAN_AVX : 0);
    READ_BASE(fs, own_fs);
    READ_BASE(gs, own_gs);
    own_segments();
    sigaltstack(&alternate, 0);
    sigfillset(&on.sa_mask);
    on.sa_sigaction = leave;
    for (unsigned i = 0; i < sizeof ends / sizeof *ends; i++)
        sigaction(ends[i], &on, 0);
    answer = abilities;
    do {
        if (write(1, &answer, sizeof answer) != sizeof answer
            || read(0, &count, sizeof count) != sizeof count || count > SLOTS)
            return 0;
        for (next = 0; next < count; next++) {
            if (next == 0 || slots[next - 1].vector == TIMED_OUT) {
                own_segments();
                setitimer(ITIMER_PROF, &limit, 0);
            }
            run();
        }
        own_segments();
        setitimer(ITIMER_PROF, &off, 0);
        answer = count;
    } while (1);
}
