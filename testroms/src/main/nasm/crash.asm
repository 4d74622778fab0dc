; crash.asm - a guest that says itself that it crashed.

%include "elf.inc"
%include "xen.inc"
%include "hypercall.inc"
%include "console.inc"
%include "print.inc"
%include "start.inc"

main:
    print "crash: telling Xen that this guest crashed", 10
    shutdown SHUTDOWN_crash

%include "end.inc"
