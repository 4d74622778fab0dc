; legacy.asm - an old image: no ELF notes, but a text in the section __xen_guest. There
; HYPERCALL_PAGE counts pages from VIRT_BASE, ELF physical addresses equal the virtual ones, and
; the entry is the ELF header's.

%define XEN_GUEST_STRING "GUEST_OS=xenolith-testrom,GUEST_VER=1,XEN_VER=xen-3.0,", \
    "VIRT_BASE=0xffffffff80000000,HYPERCALL_PAGE=0x1,LOADER=generic,PAE=yes"
%include "elf.inc"
    times 4096 - ($ - $$) db 0
hypercall_page:
    times 4096 db 0
%include "xen.inc"
%include "hypercall.inc"
%include "console.inc"
%include "print.inc"
%include "start.inc"

main:
    mov edi, XENVER_version
    xor esi, esi
    call hypercall_page + HYPERCALL_xen_version * 32
    test rax, rax
    js .failed
    mov rcx, [start_info]
    cmp dword [rcx + StartInfo.magic], "xen-"
    jne .failed
    print "legacy: started from a __xen_guest section", 10
    mov dword [shutdown_reason], SHUTDOWN_poweroff
    mov edi, SCHEDOP_shutdown
    lea rsi, [shutdown_reason]
    call hypercall_page + HYPERCALL_sched_op * 32
.failed:
    print "legacy: FAILED", 10
    shutdown SHUTDOWN_crash

%include "end.inc"
