package org.xenolith.cpu.disasm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.HexFormat;

class DisassemblerTest {
    private static final long ADDRESS = 0xffffffff80000400L;

    private static Disassembled disassemble(Syntax syntax, String hex) {
        byte[] code = HexFormat.of().parseHex(hex.replace(" ", ""));
        return new Disassembler(syntax).disassemble(code, 0, code.length, ADDRESS);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
        48 89 c3                   | mov rbx, rax               | mov %rax, %rbx
        48 89 44 8b 10             | mov [rbx+rcx*4+0x10], rax  | mov %rax, 0x10(%rbx,%rcx,4)
        48 83 44 8b f0 ff          | add qword [rbx+rcx*4-0x10], 0xffffffffffffffff | addq $0xffffffffffffffff, -0x10(%rbx,%rcx,4)
        c6 00 01                   | mov byte [rax], 0x1        | movb $0x1, (%rax)
        66 c7 00 01 00             | mov word [rax], 0x1        | movw $0x1, (%rax)
        d3 20                      | shl dword [rax], cl        | shll %cl, (%rax)
        48 d1 e0                   | shl rax, 1                 | shl $1, %rax
        40 88 e0                   | mov al, spl                | mov %spl, %al
        88 e0                      | mov al, ah                 | mov %ah, %al
        45 31 c0                   | xor r8d, r8d               | xor %r8d, %r8d
        67 8b 04 24                | mov eax, [esp]             | mov (%esp), %eax
        64 48 8b 04 25 28 00 00 00 | mov rax, [fs:0x28]         | mov %fs:0x28, %rax
        65 8b 05 f8 ff ff ff       | mov eax, [rel gs:0xffffffff800003ff] | mov %gs:-0x8(%rip), %eax  # 0xffffffff800003ff
        48 8b 04 cd 00 00 00 80    | mov rax, [rcx*8-0x80000000] | mov -0x80000000(,%rcx,8), %rax
        48 b8 88 77 66 55 44 33 22 11 | mov rax, 0x1122334455667788 | movabs $0x1122334455667788, %rax
        48 a1 88 77 66 55 44 33 22 11 | mov rax, [qword 0x1122334455667788] | movabs 0x1122334455667788, %rax
        0f b6 00                   | movzx eax, byte [rax]      | movzbl (%rax), %eax
        48 63 c8                   | movsxd rcx, eax            | movslq %eax, %rcx
        48 0f bf c8                | movsx rcx, ax              | movswq %ax, %rcx
        6a ff                      | push 0xffffffffffffffff    | push $0xffffffffffffffff
        66 6a ff                   | push word 0xffff           | pushw $0xffff
        c8 10 00 01                | enter 0x10, 0x1            | enter $0x10, $0x1
        e8 00 00 00 00             | call 0xffffffff80000405    | call 0xffffffff80000405
        74 fe                      | je 0xffffffff80000400      | je 0xffffffff80000400
        0f 87 00 01 00 00          | ja 0xffffffff80000506      | ja 0xffffffff80000506
        ff 10                      | call qword [rax]           | call *(%rax)
        3e ff e0                   | notrack jmp rax            | notrack jmp *%rax
        f2 c3                      | bnd ret                    | bnd ret
        67 e3 00                   | jecxz 0xffffffff80000403   | jecxz 0xffffffff80000403
        48 98                      | cdqe                       | cltq
        66 98                      | cbw                        | cbtw
        99                         | cdq                        | cltd
        48 cf                      | iretq                      | iretq
        f3 48 a5                   | rep movsq                  | rep movsq %ds:(%rsi), %es:(%rdi)
        f2 ae                      | repnz scasb                | repnz scas %es:(%rdi), %al
        65 67 ac                   | gs a32 lodsb               | lods %gs:(%esi), %al
        f0 48 0f b1 0a             | lock cmpxchg [rdx], rcx    | lock cmpxchg %rcx, (%rdx)
        f3 90                      | pause                      | pause
        66 90                      | xchg ax, ax                | xchg %ax, %ax
        f3 0f 1e fa                | endbr64                    | endbr64
        66 66 2e 0f 1f 84 00 00 00 00 00 | o16 cs nop word [rax+rax+0x0] | data16 cs nopw 0x0(%rax,%rax,1)
        ec                         | in al, dx                  | in (%dx), %al
        0f 22 d8                   | mov cr3, rax               | mov %rax, %cr3
        44 0f 23 f8                | mov dr15, rax              | mov %rax, %dr15
        8e e0                      | mov fs, ax                 | mov %ax, %fs
        48 0f ae 00                | fxsave64 [rax]             | fxsave64 (%rax)
        0f 18 08                   | prefetcht0 [rax]           | prefetcht0 (%rax)
        cc                         | int3                       | int3
        f1                         | int1                       | int1
        0f 28 c1                   | movaps xmm0, xmm1          | movaps %xmm1, %xmm0
        f3 0f 10 00                | movss xmm0, [rax]          | movss (%rax), %xmm0
        f2 48 0f 2a 00             | cvtsi2sd xmm0, qword [rax] | cvtsi2sdq (%rax), %xmm0
        66 0f c2 c1 01             | cmpltpd xmm0, xmm1         | cmpltpd %xmm1, %xmm0
        66 0f c2 c1 09             | cmppd xmm0, xmm1, 0x9      | cmppd $0x9, %xmm1, %xmm0
        0f 6f c8                   | movq mm1, mm0              | movq %mm0, %mm1
        d8 c1                      | fadd st0, st1              | fadd %st(1), %st
        dc e9                      | fsub st1, st0              | fsubr %st, %st(1)
        d9 c3                      | fld st3                    | fld %st(3)
        d9 00                      | fld dword [rax]            | flds (%rax)
        db 28                      | fld tword [rax]            | fldt (%rax)
        df 28                      | fild qword [rax]           | fildll (%rax)
        df e0                      | fnstsw ax                  | fnstsw %ax
        c5 f4 58 00                | vaddps ymm0, ymm1, [rax]   | vaddps (%rax), %ymm1, %ymm0
        c5 fd 5a 00                | vcvtpd2ps xmm0, yword [rax] | vcvtpd2psy (%rax), %xmm0
        c4 e2 ed 92 04 c8          | vgatherdpd ymm0, [rax+xmm1*8], ymm2 | vgatherdpd %ymm2, (%rax,%xmm1,8), %ymm0
        c4 e2 e8 f2 00             | andn rax, rdx, [rax]       | andn (%rax), %rdx, %rax
        """)
    void writesBothSyntaxes(String hex, String nasm, String att) {
        assertEquals(nasm, disassemble(Syntax.NASM, hex).text());
        assertEquals(att, disassemble(Syntax.ATT, hex).text());
        assertEquals((hex.length() + 1) / 3, disassemble(Syntax.NASM, hex).length());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
        16 | 89 d8             | mov ax, bx                | mov %bx, %ax
        16 | 66 89 d8          | mov eax, ebx              | mov %ebx, %eax
        16 | 8b 42 f0          | mov ax, [bp+si-0x10]      | mov -0x10(%bp,%si), %ax
        16 | 26 8b 07          | mov ax, [es:bx]           | mov %es:(%bx), %ax
        16 | 67 8b 04 8b       | mov ax, [ebx+ecx*4]       | mov (%ebx,%ecx,4), %ax
        16 | a1 34 92          | mov ax, [0x9234]          | mov 0x9234, %ax
        16 | 40                | inc ax                    | inc %ax
        16 | eb fe             | jmp 0x12340               | jmp 0x12340
        16 | e8 bd dc          | call 0x10000              | call 0x10000
        16 | 66 e9 00 00 00 00 | o32 jmp 0x12346           | data32 jmp 0x12346
        16 | ea 5b e0 00 f0    | jmp 0xf000:0xe05b         | ljmp $0xf000, $0xe05b
        16 | 66 ea 78 56 34 12 08 00 | jmp dword 0x8:0x12345678 | ljmpl $0x8, $0x12345678
        16 | ff 1f             | call far [bx]             | lcall *(%bx)
        16 | ff 17             | call word [bx]            | call *(%bx)
        16 | 66 ff 17          | call dword [bx]           | calll *(%bx)
        16 | 6a ff             | push 0xffff               | push $0xffff
        16 | 66 6a ff          | push dword 0xffffffff     | pushl $0xffffffff
        16 | 9c                | pushfw                    | pushf
        16 | 66 9d             | popfd                     | popfl
        16 | 66 60             | pushad                    | pushal
        16 | cf                | iretw                     | iret
        16 | cb                | retfw                     | lret
        16 | 90                | nop                       | nop
        16 | 66 90             | xchg eax, eax             | xchg %eax, %eax
        16 | e3 00             | jcxz 0x12342              | jcxz 0x12342
        16 | f3 26 a4          | rep es movsb              | rep movsb %es:(%si), %es:(%di)
        16 | 66 ad             | lodsd                     | lods %ds:(%si), %eax
        16 | 0f 20 c0          | mov eax, cr0              | mov %cr0, %eax
        16 | c4 3f             | les di, [bx]              | les (%bx), %di
        32 | 89 d8             | mov eax, ebx              | mov %ebx, %eax
        32 | 66 89 d8          | mov ax, bx                | mov %bx, %ax
        32 | 67 8b 40 10       | mov eax, [bx+si+0x10]     | mov 0x10(%bx,%si), %eax
        32 | 8b 04 25 78 56 34 92 | mov eax, [0x92345678]  | mov 0x92345678, %eax
        32 | 2e 8b 03          | mov eax, [cs:ebx]         | mov %cs:(%ebx), %eax
        32 | e9 bb dc fe ff    | jmp 0x0                   | jmp 0x0
        32 | 9a 78 56 34 12 08 00 | call 0x8:0x12345678    | lcall $0x8, $0x12345678
        32 | 6a ff             | push 0xffffffff           | push $0xffffffff
        32 | ff 30             | push dword [eax]          | push (%eax)
        32 | 66 ff 30          | push word [eax]           | pushw (%eax)
        32 | cf                | iretd                     | iret
        32 | 66 61             | popaw                     | popaw
        32 | 67 e3 00          | jcxz 0x12343              | jcxz 0x12343
        32 | 0f 22 d8          | mov cr3, eax              | mov %eax, %cr3
        32 | 63 c8             | arpl ax, cx               | arpl %cx, %ax
        32 | 48                | dec eax                   | dec %eax
        """)
    void writesOlderCode(int bits, String hex, String nasm, String att) {
        byte[] code = HexFormat.of().parseHex(hex.replace(" ", ""));
        CodeSize size = CodeSize.valueOf("BITS_" + bits);
        for (Syntax syntax : Syntax.values()) {
            Disassembled text =
                    new Disassembler(syntax, size).disassemble(code, 0, code.length, 0x12340);
            assertEquals(syntax == Syntax.NASM ? nasm : att, text.text());
            assertEquals(code.length, text.length());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "06",
        "0f ff",
        // cut off
        "48",
        "e8 00 00 00",
        "0f 1f 84 00",
        // LOCK where it is not allowed
        "f0 89 c0",
        // 16 bytes
        "66 66 66 66 66 66 66 66 66 66 66 66 66 0f 1f 00",
    })
    void whatIsNoInstructionIsOneByte(String hex) {
        for (Syntax syntax : Syntax.values()) {
            assertEquals(new Disassembled(ADDRESS, 1, "(bad)"), disassemble(syntax, hex));
        }
    }

    @Test
    void readsWhatIsAvailableOnly() {
        byte[] code = {0x0f, 0x05, 0x48, (byte) 0x89, (byte) 0xc3};
        Disassembler disassembler = new Disassembler(Syntax.NASM);
        assertEquals("syscall", disassembler.disassemble(code, 0, 2, 0).text());
        assertEquals("mov rbx, rax", disassembler.disassemble(code, 2, 3, 0).text());
        assertEquals("(bad)", disassembler.disassemble(code, 2, 2, 0).text());
        assertThrows(
                IndexOutOfBoundsException.class, () -> disassembler.disassemble(code, 3, 3, 0));
        assertThrows(
                IndexOutOfBoundsException.class, () -> disassembler.disassemble(code, 5, 0, 0));
    }
}
