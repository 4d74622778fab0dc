; demo.asm - a 64-bit PV guest that looks around in its domain and explains what it finds. Each
; step ends with "ok" or "FAILED (why)". At the end it powers off, or reports a crash if a step
; failed. "xenolith demo" runs it.

%include "elf.inc"
%include "xen.inc"
%include "hypercall.inc"
%include "console.inc"
%include "print.inc"
%include "step.inc"
%include "paging.inc"
%include "events.inc"
%include "poll.inc"
%include "traps.inc"
%include "time.inc"
%include "xenstore.inc"
%include "start.inc"

main:
    print "Xenolith demo: a small kernel, started as a 64-bit Xen PV guest, looks around.", 10
    call step_hypervisor
    call step_cpuid
    call step_start_info
    call step_memory
    call events_init                        ; needs no step of its own: later steps show it
    call store_init
    call step_xenstore
    call step_clock
    call step_timer
    call step_event_to_self
    call step_event_loopback
    call step_map_accepted
    call step_map_refused
    call traps_init
    call step_traps
    call step_write_page_table
    call step_user_mode
    call step_grants

    newline
    mov eax, [step_number]
    cmp dword [step_failures], 0
    jne .failed
    print "All "
    call print_decimal
    print " steps ok. Asking Xen to power off.", 10
    shutdown SHUTDOWN_poweroff
.failed:
    mov ecx, eax
    mov eax, [step_failures]
    call print_decimal
    print " of "
    mov eax, ecx
    call print_decimal
    print " steps FAILED. Telling Xen that this guest crashed.", 10
    shutdown SHUTDOWN_crash

%include "demo-hypervisor.inc"
%include "demo-domain.inc"
%include "demo-events.inc"
%include "demo-paging.inc"
%include "demo-traps.inc"
%include "demo-user.inc"

; Pages to play with
section .bss
    alignb 4096
spare_a: resb 4096
spare_b: resb 4096
window:  resb 4096                          ; steps map other frames here
buffer:  resb 4096
section .text

%include "end.inc"
