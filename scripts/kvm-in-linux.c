/*
 * The smallest hypervisor: one page of real-mode code in a virtual machine of KVM. The code adds two
 * numbers, writes the sum as a digit to a port and halts. Prints what the guest does; status 0 if it
 * was that.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define PAGE 4096
#define BASE 0x1000

static const unsigned char code[] = {
    0xba, 0xf8, 0x03, /* mov dx, 0x3f8 */
    0x00, 0xd8,       /* add al, bl */
    0x04, '0',        /* add al, '0' */
    0xee,             /* out dx, al */
    0xf4,             /* hlt */
};

static int fail(const char *what) {
    perror(what);
    return 1;
}

int main(void) {
    int kvm = open("/dev/kvm", O_RDWR);
    if (kvm < 0)
        return fail("/dev/kvm");
    int vm = ioctl(kvm, KVM_CREATE_VM, 0);
    if (vm < 0)
        return fail("KVM_CREATE_VM");
    unsigned char *ram =
        mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    memcpy(ram, code, sizeof code);
    struct kvm_userspace_memory_region region = {
        .guest_phys_addr = BASE, .memory_size = PAGE, .userspace_addr = (unsigned long)ram};
    if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region) < 0)
        return fail("KVM_SET_USER_MEMORY_REGION");
    int cpu = ioctl(vm, KVM_CREATE_VCPU, 0);
    if (cpu < 0)
        return fail("KVM_CREATE_VCPU");
    struct kvm_run *run = mmap(0, ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE,
                               MAP_SHARED, cpu, 0);
    struct kvm_sregs system;
    ioctl(cpu, KVM_GET_SREGS, &system);
    system.cs.base = 0;
    system.cs.selector = 0;
    struct kvm_regs general = {.rip = BASE, .rax = 2, .rbx = 3, .rflags = 2};
    if (ioctl(cpu, KVM_SET_SREGS, &system) < 0 || ioctl(cpu, KVM_SET_REGS, &general) < 0)
        return fail("KVM_SET_REGS");
    int sum = 0;
    for (;;) {
        if (ioctl(cpu, KVM_RUN, 0) < 0)
            return fail("KVM_RUN");
        if (run->exit_reason == KVM_EXIT_IO) {
            sum = ((unsigned char *)run)[run->io.data_offset];
            printf("guest of KVM: wrote '%c' to port %#x\n", sum, run->io.port);
        } else if (run->exit_reason == KVM_EXIT_HLT) {
            printf("guest of KVM: halted\n");
            return sum == '5' ? 0 : 1;
        } else {
            printf("guest of KVM: unexpected exit %u\n", run->exit_reason);
            return 1;
        }
    }
}
