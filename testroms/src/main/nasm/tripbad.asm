; tripbad.asm - a guest that Xen must crash: an exception arrives while the stack pointer names no
; memory, so Xen cannot write the frame of the exception handler.

%include "elf.inc"
%include "xen.inc"
%include "hypercall.inc"
%include "console.inc"
%include "print.inc"
%include "traps.inc"
%include "start.inc"

main:
    call traps_init
    print "tripbad: an exception with a bad stack", 10
    mov rsp, 0x1000                         ; nothing is mapped there
    ud2
    lea rsp, [stack_top]
    print "tripbad: still alive: FAILED", 10
    shutdown SHUTDOWN_poweroff

%include "end.inc"
