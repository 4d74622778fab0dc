; spin.asm - a guest that never ends and takes no events: for time limits.

%include "elf.inc"
%include "xen.inc"
%include "hypercall.inc"
%include "console.inc"
%include "print.inc"
%include "start.inc"

main:
    print "spin: running forever", 10
    xor ecx, ecx
.forever:
    inc rcx
    jmp .forever

%include "end.inc"
