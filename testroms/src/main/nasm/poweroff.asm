; poweroff.asm - the smallest guest: one line, then power off.

%include "elf.inc"
%include "xen.inc"
%include "hypercall.inc"
%include "console.inc"
%include "print.inc"
%include "start.inc"

main:
    print "poweroff: asking for power off", 10
    shutdown SHUTDOWN_poweroff

%include "end.inc"
