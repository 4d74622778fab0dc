; vmx.asm - a hypervisor in one page of text, for the bare machine.
;
; Turns VMX on, builds a VMCS, enters a guest, handles three exits (CPUID, VMCALL, HLT), and turns VMX
; off again. Root and guest share one address space and one privilege level: what separates them here
; is VMX alone. Numbers in parentheses are chapters of the Intel SDM, volume 3C.
;
; A multiboot 1 kernel; prints on COM1 and ends the machine through port 0xf4: status 1 (0 written) if
; all went well, 3 (1 written) if the processor has no VMX, 5 (2 written) if something failed.

bits 32
org 0x100000
section .text

MAGIC equ 0x1badb002
FLAGS equ 1 << 16                       ; the addresses below count
header:
    dd MAGIC, FLAGS, -(MAGIC + FLAGS)
    dd header, header, 0, end_of_bss, start32

COM1 equ 0x3f8
EXIT_PORT equ 0xf4
EXIT_OK equ 0
EXIT_NO_VMX equ 1
EXIT_FAILED equ 2

CR0_PE equ 1
CR0_NE equ 1 << 5
CR0_PG equ 1 << 31
CR4_PAE equ 1 << 5
CR4_VMXE equ 1 << 13
EFER equ 0xc0000080
EFER_LME equ 1 << 8

CODE equ 8
DATA equ 16
TASK equ 24

; ---- to 64-bit mode: the only mode in which a 64-bit host can be -----------------------------------

start32:
    mov esp, stack_top
    mov dword [pml4], pdpt + 3          ; the first 1 GiB, one to one, by one large page
    mov dword [pdpt], 0x83
    mov eax, pml4
    mov cr3, eax
    mov eax, cr4
    or eax, CR4_PAE
    mov cr4, eax
    mov ecx, EFER
    rdmsr
    or eax, EFER_LME
    wrmsr
    mov eax, cr0
    or eax, CR0_PG | CR0_NE             ; NE: VMX wants it (24.8)
    mov cr0, eax
    lgdt [gdt_pointer]
    jmp CODE:start64

bits 64
default rel

%macro say 1+
    lea rsi, [%%text]
    call print
    jmp %%behind
%%text: db %1, 13, 10, 0
%%behind:
%endmacro

%macro write_field 2                    ; field, 64-bit operand other than rdx
    mov rax, %2
    mov edx, %1
    vmwrite rdx, rax
    jbe failed                          ; CF or ZF: VMfail (31.2)
%endmacro

start64:
    mov eax, DATA
    mov ds, eax
    mov es, eax
    mov ss, eax
    mov eax, TASK
    ltr ax                              ; a host needs a task register (27.2.3)

; ---- VMX on (24.6, 24.7) ---------------------------------------------------------------------------

IA32_FEATURE_CONTROL equ 0x3a
FEATURE_LOCK equ 1
FEATURE_VMXON equ 1 << 2
IA32_VMX_BASIC equ 0x480

    mov eax, 1
    cpuid
    bt ecx, 5
    jc .has_vmx
    say "This processor has no VMX."
    mov eax, EXIT_NO_VMX
    jmp leave
.has_vmx:
    mov ecx, IA32_FEATURE_CONTROL       ; firmware decides whether VMXON works; here we are firmware
    rdmsr
    test al, FEATURE_LOCK
    jnz .locked
    or eax, FEATURE_LOCK | FEATURE_VMXON
    wrmsr
.locked:
    mov rax, cr4
    or rax, CR4_VMXE
    mov cr4, rax
    mov ecx, IA32_VMX_BASIC
    rdmsr
    mov [vmxon_region], eax             ; both regions begin with the revision that the processor has
    mov [vmcs_region], eax
    lea rax, [vmxon_region]
    mov [pointer], rax
    vmxon [pointer]
    jbe failed
    say "VMX is on: this is root operation."

; ---- a VMCS: first the host, to which exits return (25.5) ------------------------------------------

    lea rax, [vmcs_region]
    mov [pointer], rax
    vmclear [pointer]
    jbe failed
    vmptrld [pointer]
    jbe failed

    write_field 0x6c00, cr0
    write_field 0x6c02, cr3
    write_field 0x6c04, cr4
    write_field 0x0c02, CODE            ; CS, then SS, DS, ES, TR
    write_field 0x0c04, DATA
    write_field 0x0c06, DATA
    write_field 0x0c00, DATA
    write_field 0x0c0c, TASK
    lea rbx, [task]
    write_field 0x6c0a, rbx             ; TR base
    lea rbx, [gdt]
    write_field 0x6c0c, rbx             ; GDTR base
    lea rbx, [stack_top]
    write_field 0x6c14, rbx             ; RSP
    lea rbx, [exited]
    write_field 0x6c16, rbx             ; RIP

; ---- the guest: the same address space, another stack, another RIP (25.4) --------------------------

    write_field 0x2800, -1              ; VMCS link pointer: none
    write_field 0x6800, cr0
    write_field 0x6802, cr3
    write_field 0x6804, cr4
    write_field 0x0802, CODE
    write_field 0x0804, DATA
    write_field 0x0806, DATA
    write_field 0x0800, DATA
    write_field 0x080e, TASK
    write_field 0x4816, 0xa09b          ; access rights: CS 64-bit code, SS, DS, ES data
    write_field 0x4818, 0xc093
    write_field 0x481a, 0xc093
    write_field 0x4814, 0xc093
    write_field 0x481c, 1 << 16         ; FS, GS and LDTR: unusable
    write_field 0x481e, 1 << 16
    write_field 0x4820, 1 << 16
    write_field 0x4822, 0x8b            ; TR: busy task
    mov ebx, 0xffffffff
    write_field 0x4802, rbx             ; limits of CS, SS, DS, ES
    write_field 0x4804, rbx
    write_field 0x4806, rbx
    write_field 0x4800, rbx
    write_field 0x480e, 0x67            ; of TR
    write_field 0x4810, gdt_end - gdt - 1
    lea rbx, [task]
    write_field 0x6814, rbx
    lea rbx, [gdt]
    write_field 0x6816, rbx
    write_field 0x681a, 0x400           ; DR7
    write_field 0x6820, 2               ; RFLAGS
    lea rbx, [guest_stack_top]
    write_field 0x681c, rbx
    lea rbx, [guest]
    write_field 0x681e, rbx

; ---- what makes it exit: HLT; CPUID and VMCALL always do (26.1) ------------------------------------

HLT_EXITING equ 1 << 7
HOST_64 equ 1 << 9                      ; exit control: the host is in 64-bit mode
GUEST_64 equ 1 << 9                     ; entry control: so is the guest

    mov ecx, 0x481                      ; IA32_VMX_PINBASED_CTLS and its three neighbours
    xor ebx, ebx
    call allowed
    write_field 0x4000, rbx
    mov ecx, 0x482
    mov ebx, HLT_EXITING
    call allowed
    write_field 0x4002, rbx
    mov ecx, 0x483
    mov ebx, HOST_64
    call allowed
    write_field 0x400c, rbx
    mov ecx, 0x484
    mov ebx, GUEST_64
    call allowed
    write_field 0x4012, rbx
    say "A VMCS is loaded. Entering the guest."
    vmlaunch                            ; goes on at `guest`, and comes back at `exited`
    jmp failed                          ; or here, if a control or the host's state is bad

; The controls in ebx with the bits that the capability MSR ecx wants set (appendix A.2).
allowed:
    rdmsr                               ; eax: must be 1; edx: may be 1
    or ebx, eax
    and ebx, edx
    ret

; ---- the guest, in non-root operation --------------------------------------------------------------

guest:
    mov eax, 0x12345678
    cpuid
    mov edi, eax                        ; what the hypervisor made of it
    mov eax, 'H'                        ; a hypercall of our own: "print the letter in EAX"
    vmcall
    mov eax, 'i'
    vmcall
    hlt
    jmp guest

; ---- the hypervisor: every exit comes here (28) ----------------------------------------------------

EXIT_CPUID equ 10
EXIT_HLT equ 12
EXIT_VMCALL equ 18

exited:
    mov [guest_rax], rax                ; an exit saves RIP, RSP and flags, but no general registers
    mov [guest_rdi], rdi
    mov edx, 0x4402
    vmread rax, rdx                     ; the exit's reason
    cmp eax, EXIT_CPUID
    je .cpuid
    cmp eax, EXIT_VMCALL
    je .vmcall
    cmp eax, EXIT_HLT
    je .hlt
    jmp failed
.cpuid:
    say "Exit by CPUID: answering 42."
    mov qword [guest_rax], 42
    jmp .next
.vmcall:
    mov al, [guest_rax]
    mov [.letter], al
    say "Exit by VMCALL: the guest asks to print a letter:"
    lea rsi, [.letter]
    call print
    jmp .next
.letter: db "?", 13, 10, 0
.hlt:
    cmp qword [guest_rdi], 42
    jne failed
    say "Exit by HLT: the guest has seen its 42 and is done."
    vmxoff
    say "VMX is off."
    mov eax, EXIT_OK
    jmp leave
.next:
    mov edx, 0x440c
    vmread rbx, rdx                     ; length of the instruction
    mov edx, 0x681e
    vmread rax, rdx
    add rbx, rax
    write_field 0x681e, rbx             ; the guest goes on behind it
    mov rax, [guest_rax]
    mov rdi, [guest_rdi]
    vmresume
failed:
    say "Something failed."
    mov eax, EXIT_FAILED
leave:
    mov dx, EXIT_PORT
    out dx, al
    hlt

; Prints the text at rsi, up to a 0.
print:
    push rax
    push rdx
    mov dx, COM1
.next:
    lodsb
    test al, al
    jz .end
    out dx, al
    jmp .next
.end:
    pop rdx
    pop rax
    ret

; ---- data ------------------------------------------------------------------------------------------

align 8
gdt:
    dq 0
    dq 0x00af9b000000ffff               ; code, 64 bits
    dq 0x00cf93000000ffff               ; data
    dw 0x67, task - header              ; task: base 0x100000 + (task - header)
    db 0x10, 0x89, 0, 0
    dq 0
gdt_end:
gdt_pointer:
    dw gdt_end - gdt - 1
    dd gdt
align 16
task: times 0x68 db 0

section .bss nobits align=4096
pml4: resb 4096
pdpt: resb 4096
vmxon_region: resb 4096
vmcs_region: resb 4096
pointer: resq 1
guest_rax: resq 1
guest_rdi: resq 1
    resb 1024
stack_top:
    resb 1024
guest_stack_top:
end_of_bss:
