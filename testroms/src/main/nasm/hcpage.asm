; hcpage.asm - a guest at VIRT_BASE 0 that uses the hypercall page, as older kernels do: Xen fills
; the page that the note HYPERCALL_PAGE names with one stub of 32 bytes for each hypercall. Stubs
; keep rcx and r11. The stub of iret is not called but jumped to, with the rest of its frame on
; the stack.

%define VIRT_BASE 0
%define WANT_HYPERCALL_PAGE
%include "elf.inc"
%include "xen.inc"
%include "hypercall.inc"
%include "console.inc"
%include "print.inc"
%include "start.inc"

%macro stub 1
    call hypercall_page + HYPERCALL_%1 * 32
%endmacro

main:
    mov rcx, 0x1122334455667788
    mov r11, 0x99aabbccddeeff00
    mov edi, XENVER_version
    xor esi, esi
    stub xen_version
    mov rdx, 0x1122334455667788
    cmp rcx, rdx
    jne failed
    mov rdx, 0x99aabbccddeeff00
    cmp r11, rdx
    jne failed
    print "hcpage: Xen "
    push rax
    shr eax, 16
    call print_decimal
    print "."
    pop rax
    movzx eax, ax
    call print_decimal
    newline

    lea rdi, [traps]
    stub set_trap_table
    test rax, rax
    jnz failed
    mov rax, 0x1111
    mov rcx, 0x2222
    mov r11, 0x3333
    mov rbx, rsp
    int3                                    ; to breakpoint below and back
    cmp rsp, rbx
    jne failed
    cmp rax, 0x1111
    jne failed
    cmp rcx, 0x2222
    jne failed
    cmp r11, 0x3333
    jne failed
    cmp dword [breakpoints], 1
    jne failed
    print "hcpage: breakpoint and return through the iret stub", 10

    mov dword [shutdown_reason], SHUTDOWN_poweroff
    mov edi, SCHEDOP_shutdown
    lea rsi, [shutdown_reason]
    stub sched_op
failed:
    print "hcpage: FAILED", 10
    shutdown SHUTDOWN_crash

breakpoint:
    inc dword [breakpoints]
    pop rcx
    pop r11
    push 0                                  ; flags; the stub pushes rcx, r11 and rax itself
    jmp hypercall_page + HYPERCALL_iret * 32

section .data
    align 8, db 0
traps:
    db 3, 4 | 3
    dw FLAT_CS
    dd 0
    dq breakpoint
    dq 0, 0

section .bss
breakpoints: resd 1
    alignb 4096
hypercall_page: resb 4096

%include "end.inc"
