; smc.asm - self-modifying code. A processor of this family must run what memory holds now: a store
; to code takes effect with the next jump at the latest, whatever address it went through, and on
; all processors of today with the very next instruction. Each shape checks its own result.

%include "elf.inc"
%include "xen.inc"
%include "hypercall.inc"
%include "console.inc"
%include "print.inc"
%include "paging.inc"
%include "events.inc"
%include "start.inc"

; verify name: ZF set = the shape behaved
%macro verify 1
    jz %%fine
    inc dword [failures]
    print "smc: ", %1, ": FAILED", 10
    jmp %%end
%%fine:
    print "smc: ", %1, ": ok", 10
%%end:
%endmacro

main:
    call events_init
    call next_instruction
    call loop_body
    call same_block_twice
    call other_length
    call copied_function
    call across_pages
    call alias
    call remapped
    call string_store
    cmp dword [failures], 0
    jne .failed
    print "smc: all shapes ok", 10
    shutdown SHUTDOWN_poweroff
.failed:
    shutdown SHUTDOWN_crash

; Patches the operand of the instruction right behind the store.
next_instruction:
    xor eax, eax
    mov byte [.patched + 1], 7
.patched:
    mov al, 1
    cmp al, 7
    verify "the next instruction"
    ret

; A loop that changes its own body in every round.
loop_body:
    xor eax, eax
    mov ecx, 200
.round:
    mov [.patched + 1], ecx
.patched:
    add eax, 0x7fffffff                     ; one byte of opcode, then 32 bits
    dec ecx
    jnz .round
    cmp eax, 200 * 201 / 2
    verify "a loop that patches its body"
    ret

; Runs a function often, so that an engine may have translated it, patches it, runs it again.
same_block_twice:
    xor eax, eax
    mov ecx, 5000
.warm:
    call .function
    dec ecx
    jnz .warm
    cmp eax, 5000
    jne .end
    mov word [.function], 0xc8ff            ; dec eax
    mov ecx, 5000
.again:
    call .function
    dec ecx
    jnz .again
    test eax, eax
.end:
    verify "a hot function patched later"
    ret
.function:
    inc eax                                 ; ff c0
    ret

; Replaces five one-byte instructions by one of five bytes.
other_length:
    call .run
    test eax, eax
    jne .end
    mov byte [.patched], 0xb8               ; mov eax, imm32
    mov dword [.patched + 1], 0x12345678
    call .run
    cmp eax, 0x12345678
.end:
    verify "another instruction length"
    ret
.run:
    xor eax, eax
.patched:
    times 5 nop
    ret

; Copies functions one after the other to the same place.
copied_function:
    lea rsi, [.first]
    call .copy_and_run
    cmp eax, 1
    jne .end
    lea rsi, [.second]
    call .copy_and_run
    cmp eax, 2
    jne .end
    lea rsi, [.first]
    call .copy_and_run
    cmp eax, 1
.end:
    verify "functions copied over each other"
    ret
.copy_and_run:
    lea rdi, [code_page]
    mov ecx, 6
    rep movsb
    call code_page
    ret
.first:
    mov eax, 1
    ret
.second:
    mov eax, 2
    ret

; An instruction that lies on two pages; its parts change apart and together.
across_pages:
    lea rbx, [code_page + 4096 - 3]         ; mov eax, imm32; ret
    mov byte [rbx], 0xb8
    mov dword [rbx + 1], 0x11111111
    mov byte [rbx + 5], 0xc3
    call rbx
    cmp eax, 0x11111111
    jne .end
    mov byte [rbx + 4], 0x22                ; on the second page
    call rbx
    cmp eax, 0x22111111
    jne .end
    mov byte [rbx + 1], 0x33                ; on the first page
    call rbx
    cmp eax, 0x22111133
    jne .end
    mov dword [rbx + 1], 0x44444444         ; on both
    call rbx
    cmp eax, 0x44444444
.end:
    verify "an instruction across two pages"
    ret

; Two virtual pages show one frame: a store through one changes the code seen through the other.
alias:
    lea rdi, [code_page]
    call maddr_of
    lea rsi, [rax + (PTE_P | PTE_RW)]
    lea rdi, [alias_page]
    call map_page
    test rax, rax
    jnz .end
    lea rbx, [alias_page]
    mov dword [code_page], 0x0001b8         ; mov eax, 1
    mov word [code_page + 4], 0xc300        ; ret
    call code_page
    cmp eax, 1
    jne .end
    mov byte [rbx + 1], 2
    call code_page
    cmp eax, 2
    jne .end
    call rbx
    cmp eax, 2
    jne .end
    mov byte [code_page + 1], 3
    call rbx
    cmp eax, 3
    jne .end
    call code_page
    cmp eax, 3
.end:
    verify "an alias of the same frame"
    ret

; The page-table entry changes under the code: the other frame's code must run.
remapped:
    lea rdi, [alias_page]
    mov esi, PTE_P | PTE_RW
    call map_home
    lea rbx, [alias_page]
    mov dword [rbx], 0x0005b8               ; mov eax, 5
    mov word [rbx + 4], 0xc300
    call rbx
    cmp eax, 5
    jne .end
    lea rdi, [code_page]
    call maddr_of
    lea rsi, [rax + (PTE_P | PTE_RW)]
    lea rdi, [alias_page]
    call map_page
    call rbx
    cmp eax, 3
    jne .end
    lea rdi, [alias_page]
    mov esi, PTE_P | PTE_RW
    call map_home
    call rbx
    cmp eax, 5
.end:
    verify "another frame at the same address"
    ret

; A string instruction writes the code behind itself.
string_store:
    lea rdi, [.patched]
    mov al, 0x90                            ; nop
    mov ecx, 2
    xor ebx, ebx
    rep stosb
.patched:
    inc ebx
    test ebx, ebx
    verify "a string instruction writing ahead of itself"
    ret

section .bss
    alignb 4096
code_page:  resb 8192
alias_page: resb 4096
failures:   resd 1

%include "end.inc"
