; smp.asm - two vCPUs. vCPU 0 starts vCPU 1, both add to one counter with LOCK XADD, then they send
; each other events: vCPU 0 sends ROUNDS of them and vCPU 1 answers each. vCPU 1 then takes itself
; down and vCPU 0 powers off. Needs vcpus=2.

%include "elf.inc"
%include "xen.inc"
%include "hypercall.inc"
%include "console.inc"
%include "print.inc"
%include "paging.inc"
%include "events.inc"
%include "traps.inc"
%include "start.inc"

COUNTS equ 20000
ROUNDS equ 50

; struct vcpu_guest_context (arch-x86/xen.h), as far as it is filled here
struc VcpuContext
    .fpu            resb 512
    .flags          resq 1
    .registers      resq 16                 ; r15 ... rdi, error code and vector
    .rip            resq 1
    .cs             resq 1
    .rflags         resq 1
    .rsp            resq 1
    .ss             resq 1
    .data_segments  resq 4
    .traps          resb 16 * 256
    .ldt            resq 2
    .gdt_frames     resq 16
    .gdt_entries    resq 1
    .kernel_ss      resq 1
    .kernel_sp      resq 1
    .cr             resq 8
    .dr             resq 8
    .event_callback resq 1
    .failsafe_callback resq 1
    .syscall_callback resq 1
    .vm_assist      resq 1
    .bases          resq 3
endstruc
%if VcpuContext_size != 5168
    %error "struct vcpu_guest_context has 5168 bytes"
%endif
VGCF_in_kernel equ 4

main:
    call events_init
    call traps_init
    lea rax, [answer]
    mov [event_hook], rax

    ; A channel to each vCPU: bind_ipi takes the vCPU that receives.
    mov dword [bind], 0
    hypercall event_channel_op, EVTCHNOP_bind_ipi, [bind]
    test rax, rax
    jnz failed
    mov eax, [bind + 4]
    mov [port_to_0], eax
    mov edi, eax
    call event_unmask
    mov dword [bind], 1
    hypercall event_channel_op, EVTCHNOP_bind_ipi, [bind]
    test rax, rax
    jnz failed
    mov eax, [bind + 4]
    mov [port_to_1], eax

    mov qword [context + VcpuContext.flags], VGCF_in_kernel
    lea rax, [second_start]
    mov [context + VcpuContext.rip], rax
    mov qword [context + VcpuContext.cs], FLAT_CS
    mov qword [context + VcpuContext.rflags], 0x202
    lea rax, [second_stack_top]
    mov [context + VcpuContext.rsp], rax
    mov qword [context + VcpuContext.ss], FLAT_SS
    mov qword [context + VcpuContext.kernel_ss], FLAT_SS
    mov [context + VcpuContext.kernel_sp], rax
    mov rdi, [start_info]
    mov rdi, [rdi + StartInfo.pt_base]
    call maddr_of
    mov [context + VcpuContext.cr + 3 * 8], rax
    lea rax, [second_event_callback]
    mov [context + VcpuContext.event_callback], rax
    mov qword [context + VcpuContext.registers + 14 * 8], 0x5eed ; rdi: to see that it arrives

    hypercall vcpu_op, VCPUOP_initialise, 1, [context]
    test rax, rax
    jnz failed
    print "smp: vCPU 1 is initialised", 10
    hypercall vcpu_op, VCPUOP_is_up, 1, 0
    test rax, rax
    jnz failed                              ; not yet
    hypercall vcpu_op, VCPUOP_up, 1, 0
    test rax, rax
    jnz failed

    call count
.wait_counts:
    hypercall sched_op, SCHEDOP_yield
    cmp dword [finished], 2
    jb .wait_counts
    print "smp: both vCPUs counted to "
    mov rax, [counter]
    call print_decimal
    newline
    cmp rax, 2 * COUNTS
    jne failed
    cmp qword [seed], 0x5eed
    jne failed

    ; Ping-pong
    mov edi, [port_to_1]
    call event_unmask
    mov ebx, 0
.round:
    mov edi, [port_to_1]
    call event_send
    test rax, rax
    jnz failed
    inc ebx
    mov edi, [port_to_0]
    mov esi, ebx
    call event_wait
    cmp ebx, ROUNDS
    jb .round
    print "smp: vCPU 1 answered "
    mov edi, [port_to_0]
    call event_count
    call print_decimal
    print " events", 10
    cmp eax, ROUNDS
    jne failed

    mov dword [must_leave], 1
    mov edi, [port_to_1]
    call event_send
.wait_down:
    hypercall sched_op, SCHEDOP_yield
    hypercall vcpu_op, VCPUOP_is_up, 1, 0
    test rax, rax
    jnz .wait_down
    print "smp: vCPU 1 is down again", 10
    shutdown SHUTDOWN_poweroff

failed:
    print "smp: FAILED ("
    call print_result
    print ")", 10
    shutdown SHUTDOWN_crash

; Adds 1 to the counter COUNTS times.
count:
    mov ecx, COUNTS
.next:
    mov eax, 1
    lock xadd [counter], rax
    dec ecx
    jnz .next
    lock inc dword [finished]
    ret

; event_hook, on both vCPUs: r10 = port. vCPU 1 answers what came to it.
answer:
    cmp r10d, [port_to_1]
    jne .end
    cmp dword [must_leave], 0
    jne .end
    mov eax, [port_to_0]
    mov [answer_port], eax
    push r10
    hypercall event_channel_op, EVTCHNOP_send, [answer_port]
    pop r10
.end:
    ret

event_entry second_event_callback, 1

; vCPU 1 starts here.
second_start:
    mov byte [shared_info + SharedInfo.vcpu_info + VcpuInfo_size + VcpuInfo.upcall_mask], 1
    mov [seed], rdi
    call count
.idle:
    mov byte [shared_info + SharedInfo.vcpu_info + VcpuInfo_size + VcpuInfo.upcall_mask], 1
    cmp dword [must_leave], 0
    jne .down
    hypercall sched_op, SCHEDOP_block
    jmp .idle
.down:
    hypercall vcpu_op, VCPUOP_down, 1, 0
    jmp .down

section .bss
    alignb 16
context:      resb VcpuContext_size
second_stack: resb 8192
second_stack_top:
counter:      resq 1
seed:         resq 1
finished:     resd 1
must_leave:        resd 1
bind:         resd 2
port_to_0:    resd 1
port_to_1:    resd 1
answer_port:  resd 1

%include "end.inc"
