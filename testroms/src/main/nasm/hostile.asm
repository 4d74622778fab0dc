; hostile.asm - a guest that does what no honest guest does: every hypercall with bad pointers and
; absurd numbers, garbage in every structure that it shares with Xen and the backends. Calls that
; need memory must fail; everything else only must leave Xen alive and return a number or an error.
; At the end the console's offsets are broken too, so the last thing to see is the exit status.

%include "elf.inc"
%include "xen.inc"
%include "hypercall.inc"
%include "console.inc"
%include "print.inc"
%include "paging.inc"
%include "events.inc"
%include "start.inc"

HYPERCALLS equ 64                           ; numbers tried, 56 to 63 do not exist
LOWEST_ERROR equ -4095

main:
    call events_init
    print "hostile: start", 10
    call bad_pointers_must_fail
    print "hostile: bad pointers refused", 10
    call sweep_pointers
    print "hostile: survived all hypercalls with bad pointers", 10
    call sweep_garbage
    print "hostile: survived all hypercalls with garbage structures", 10
    call nested_multicall
    print "hostile: survived a multicall of itself", 10
    call garbage_shared_info
    call garbage_fifo
    print "hostile: survived garbage in event channels", 10
    call garbage_store
    print "hostile: survived garbage in the xenstore ring", 10
    mov eax, [failures]
    call print_decimal
    print " answers were wrong", 10
    call garbage_console                    ; nothing can be printed from here on
    cmp dword [failures], 0
    jne .failed
    shutdown SHUTDOWN_poweroff
.failed:
    shutdown SHUTDOWN_crash

%include "hostile-hypercalls.inc"
%include "hostile-shared.inc"

section .bss
    alignb 4096
garbage:    resb 4096
terminator: resb 4096                       ; zeros behind the garbage end endless lists
array:      resb 4096
control:    resb 4096
failures:   resd 1
section .text

%include "end.inc"
