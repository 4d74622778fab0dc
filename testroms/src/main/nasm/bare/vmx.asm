; vmx.asm - a hypervisor for the bare machine, to be read from top to bottom.
;
; Turns VMX on, builds a VMCS, enters a guest, handles three exits (CPUID, VMCALL, HLT), and turns VMX
; off again. Root and guest share one address space and one privilege level: what separates them here
; is VMX alone. Numbers in parentheses are chapters of the Intel SDM, volume 3C.
;
; A multiboot 1 kernel; prints on COM1 and ends the machine through port 0xf4: status 1 (0 written) if
; all went well, 3 (1 written) if the processor has no VMX, 5 (2 written) if something failed, 7 (3
; written) if firmware has switched VMX off.

bits 32
org 0x100000
section .text

%include "bare/vmcs.inc"                ; the numbers of VMCS fields and exit reasons

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
EXIT_SWITCHED_OFF equ 3

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

%macro read_field 2                     ; 64-bit register other than rdx, field
    mov edx, %2
    vmread %1, rdx
    jbe failed
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

    mov eax, 1
    cpuid
    bt ecx, 5
    jc .has_vmx
    say "This processor has no VMX."
    mov eax, EXIT_NO_VMX
    jmp leave
.has_vmx:
    mov ecx, IA32_FEATURE_CONTROL       ; firmware decides whether VMXON works, and locks its decision
    rdmsr
    test al, FEATURE_LOCK
    jnz .locked
    or eax, FEATURE_LOCK | FEATURE_VMXON
    wrmsr                               ; not locked yet: here we are firmware
    rdmsr
.locked:
    test al, FEATURE_VMXON
    jnz .allowed
    say "Firmware has switched VMX off."
    mov eax, EXIT_SWITCHED_OFF
    jmp leave
.allowed:
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
    say "A VMCS is loaded."

    write_field HOST_CR0, cr0
    write_field HOST_CR3, cr3
    write_field HOST_CR4, cr4
    write_field HOST_CS, CODE
    write_field HOST_SS, DATA
    write_field HOST_DS, DATA
    write_field HOST_ES, DATA
    write_field HOST_TR, TASK
    lea rbx, [task]
    write_field HOST_TR_BASE, rbx
    lea rbx, [gdt]
    write_field HOST_GDTR_BASE, rbx
    lea rbx, [stack_top]
    write_field HOST_RSP, rbx
    lea rbx, [exited]
    write_field HOST_RIP, rbx

; ---- the guest: the same address space, another stack, another RIP (25.4) --------------------------

CODE_64 equ 0xa09b                      ; access rights (25.4.1): present, accessed, 64-bit code
DATA_RIGHTS equ 0xc093
BUSY_TASK equ 0x8b
UNUSABLE equ 1 << 16

    write_field VMCS_LINK_POINTER, -1   ; none
    write_field GUEST_CR0, cr0
    write_field GUEST_CR3, cr3
    write_field GUEST_CR4, cr4
    write_field GUEST_CS, CODE
    write_field GUEST_SS, DATA
    write_field GUEST_DS, DATA
    write_field GUEST_ES, DATA
    write_field GUEST_TR, TASK
    write_field GUEST_CS_RIGHTS, CODE_64
    write_field GUEST_SS_RIGHTS, DATA_RIGHTS
    write_field GUEST_DS_RIGHTS, DATA_RIGHTS
    write_field GUEST_ES_RIGHTS, DATA_RIGHTS
    write_field GUEST_FS_RIGHTS, UNUSABLE
    write_field GUEST_GS_RIGHTS, UNUSABLE
    write_field GUEST_LDTR_RIGHTS, UNUSABLE
    write_field GUEST_TR_RIGHTS, BUSY_TASK
    mov ebx, 0xffffffff
    write_field GUEST_CS_LIMIT, rbx
    write_field GUEST_SS_LIMIT, rbx
    write_field GUEST_DS_LIMIT, rbx
    write_field GUEST_ES_LIMIT, rbx
    write_field GUEST_TR_LIMIT, 0x67
    write_field GUEST_GDTR_LIMIT, gdt_end - gdt - 1
    lea rbx, [task]
    write_field GUEST_TR_BASE, rbx
    lea rbx, [gdt]
    write_field GUEST_GDTR_BASE, rbx
    write_field GUEST_DR7, 0x400        ; what RESET leaves there
    write_field GUEST_RFLAGS, 2         ; bit 1 is always set
    lea rbx, [guest_stack_top]
    write_field GUEST_RSP, rbx
    lea rbx, [guest]
    write_field GUEST_RIP, rbx

; ---- what makes it exit: HLT; CPUID and VMCALL always do (26.1) ------------------------------------

HLT_EXITING equ 1 << 7
HOST_64 equ 1 << 9                      ; exit control: the host is in 64-bit mode
GUEST_64 equ 1 << 9                     ; entry control: so is the guest

    mov ecx, IA32_VMX_PINBASED_CTLS
    xor ebx, ebx
    call allowed
    write_field PIN_BASED_CONTROLS, rbx
    mov ecx, IA32_VMX_PROCBASED_CTLS
    mov ebx, HLT_EXITING
    call allowed
    write_field PROCESSOR_BASED_CONTROLS, rbx
    mov ecx, IA32_VMX_EXIT_CTLS
    mov ebx, HOST_64
    call allowed
    write_field EXIT_CONTROLS, rbx
    mov ecx, IA32_VMX_ENTRY_CTLS
    mov ebx, GUEST_64
    call allowed
    write_field ENTRY_CONTROLS, rbx
    say "Launching the guest."
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
    say "The guest is launched: this is non-root operation."
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

exited:
    mov [guest_rax], rax                ; an exit saves RIP, RSP and flags, but no general registers
    mov [guest_rdi], rdi
    read_field rax, EXIT_REASON
    cmp eax, REASON_CPUID
    je .cpuid
    cmp eax, REASON_VMCALL
    je .vmcall
    cmp eax, REASON_HLT
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
    read_field rbx, GUEST_RIP
    read_field rax, EXIT_INSTRUCTION_LENGTH
    add rbx, rax
    write_field GUEST_RIP, rbx          ; the guest goes on behind the instruction
    mov rax, [guest_rax]
    mov rdi, [guest_rdi]
    vmresume
failed:
    say "Something failed."
    mov eax, EXIT_FAILED
leave:
    mov dx, EXIT_PORT
    out dx, al
.stopped:
    hlt                                 ; where nothing listens at that port
    jmp .stopped

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
