; echo.asm - reads lines from the console and writes them back until a line says "quit".

%include "elf.inc"
%include "xen.inc"
%include "hypercall.inc"
%include "console.inc"
%include "print.inc"
%include "paging.inc"
%include "events.inc"
%include "poll.inc"
%include "start.inc"

LINE_BYTES equ 256

main:
    call events_init
    print "echo: type lines, quit to end", 10
.line:
    print "> "
    call console_flush
    call read_line
    print "you said: "
    lea rsi, [line]
    call print_text
    newline
    cmp dword [line], "quit"
    jne .line
    cmp byte [line + 4], 0
    jne .line
    print "echo: bye", 10
    shutdown SHUTDOWN_poweroff

; Reads up to CR or LF into line, NUL-terminated; the rest of an overlong line is dropped. An LF
; behind a CR belongs to it.
read_line:
    xor ebx, ebx
.next:
    call read_character
    cmp al, 10
    jne .no_lf
    cmp byte [last_was_cr], 0
    mov byte [last_was_cr], 0
    jne .next
    jmp .end
.no_lf:
    mov byte [last_was_cr], 0
    cmp al, 13
    jne .keep
    mov byte [last_was_cr], 1
    jmp .end
.keep:
    cmp ebx, LINE_BYTES - 1
    jae .next
    lea rdx, [line]
    mov [rdx + rbx], al
    inc ebx
    jmp .next
.end:
    lea rdx, [line]
    mov byte [rdx + rbx], 0
    ret

; Returns al = the next character, waiting for it.
read_character:
    mov edi, [console_port]
    call poll_clear
    mov r8, [console_page]
    mov ecx, [r8 + ConsolePage.in_cons]
    cmp ecx, [r8 + ConsolePage.in_prod]
    jne .there
    call poll_wait
    jmp read_character
.there:
    mov edx, ecx
    and edx, 1023
    mov al, [r8 + rdx + ConsolePage.in]
    inc ecx
    mov [r8 + ConsolePage.in_cons], ecx
    jmp console_flush                       ; there is space again; keeps al

section .bss
line:        resb LINE_BYTES
last_was_cr: resb 1

%include "end.inc"
