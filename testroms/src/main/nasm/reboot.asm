; reboot.asm - one line, then reboot.

%include "elf.inc"
%include "xen.inc"
%include "hypercall.inc"
%include "console.inc"
%include "print.inc"
%include "start.inc"

main:
    print "reboot: asking for reboot", 10
    shutdown SHUTDOWN_reboot

%include "end.inc"
