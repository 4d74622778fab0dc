package org.xenolith.cli.disasm;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * What disassemblers spell differently and mean alike. Each rule stands with its reason; the rules
 * for both sides come first, then those for one of them, in order.
 */
final class Spelling {
    private final List<UnaryOperator<String>> both = new ArrayList<>();
    private final List<UnaryOperator<String>> ours = new ArrayList<>();
    private final List<UnaryOperator<String>> theirs = new ArrayList<>();

    private Spelling() {}

    /** The rules for an outsider. */
    static Spelling of(Outsider outsider) {
        Spelling spelling = new Spelling();
        spelling.common();
        switch (outsider) {
            case OBJDUMP_INTEL -> spelling.objdumpIntel();
            case OBJDUMP_ATT -> spelling.objdumpAtt();
            case NDISASM -> spelling.ndisasm();
        }
        return spelling;
    }

    /** Our text in the common spelling. */
    String ours(String text) {
        return apply(ours, apply(both, text));
    }

    /** The outsider's text in the common spelling. */
    String theirs(String text) {
        return apply(theirs, apply(both, text));
    }

    private static String apply(List<UnaryOperator<String>> rules, String text) {
        String result = text.toLowerCase(Locale.ROOT).strip();
        for (UnaryOperator<String> rule : rules) {
            result = rule.apply(result);
        }
        return result;
    }

    private static void add(List<UnaryOperator<String>> rules, String regex, String replacement) {
        Pattern pattern = Pattern.compile(regex);
        rules.add(text -> pattern.matcher(text).replaceAll(replacement));
    }

    private void common() {
        add(both, "\\s+", " ");
        add(both, ", ", ",");
        // Notes on old processors.
        add(theirs, "\\((8087|287) only\\)", "");
        // Prefixes that NASM and the GNU assembler name unlike.
        add(both, "\\bdata16\\b", "o16");
        add(both, "\\baddr32\\b", "a32");
        // REX prefixes without effect, which no assembler has a word for in NASM's syntax.
        add(theirs, "\\brex(\\.[wrxb]+)? ", "");
        // An index of nothing.
        add(theirs, "\\+[re]iz(\\*[1248])?|,%[re]iz,[1248]", "");
    }

    private void objdumpIntel() {
        // String instructions with their implicit operands, whose size is in our mnemonic.
        String[] sizes = {"byte", "word", "dword", "qword"};
        for (String size : sizes) {
            String strings = "\\b(ins|outs|movs|cmps|stos|lods|scas) .*\\b" + size + " ptr.*$";
            add(theirs, strings, "$1" + size.charAt(0));
        }
        add(theirs, "\\bxlat .*$", "xlatb");
        // Sizes of memory: objdump always writes them, we only where they are needed.
        add(both, "\\b(byte|word|dword|qword|tword|oword|yword) (?=\\[)", "");
        add(theirs, "\\b(byte|word|dword|qword|fword|tbyte|oword|xmmword|ymmword) ptr ", "");
        // Where rip is part of the address, objdump has the target as comment.
        add(theirs, "\\[([re]ip)[+-]0x[0-9a-f]+\\](.*?) # (0x[0-9a-f]+)$", "[rel $3]$2");
        // Segments outside of the brackets, and DS where the address is a number.
        add(theirs, "\\b([fg]s):\\[rel ", "[rel $1:");
        add(theirs, "\\b([cdefgs]s):\\[", "[$1:");
        add(theirs, "(?<!rel )\\b([fg]s):(0x[0-9a-f]+)", "[$1:$2]");
        add(theirs, "\\bds:(0x[0-9a-f]+)", "[$1]");
        // The scale 1.
        add(theirs, "([re][a-z0-9]+)\\*1(?![0-9])", "$1");
        add(ours, "(?<=\\[|:)([re][a-z0-9]+)\\*1(?![0-9])", "$1");
        // An address of 64 bits.
        add(theirs, "\\bmovabs\\b", "mov");
        add(ours, "\\[qword ", "[");
        add(theirs, "\\bst\\((\\d)\\)", "st$1");
        add(theirs, "\\bst\\b", "st0");
        // Default sizes, named by NASM.
        add(ours, "\\b(push|pop)fq\\b", "$1f");
        add(ours, "\\biretd\\b", "iret");
        add(ours, "^o64 sysret\\b", "sysretq");
        add(theirs, "\\bsysretd\\b", "sysret");
        // Selectors: 16 bits of a register, which objdump shows as a whole.
        selectors();
    }

    private void selectors() {
        add(both, "\\b(mov [c-gs]s),(e?[a-ds][xpi]|r[0-9]+[wd])\\b", "$1,selector");
        add(both, "\\bmov %(e?[a-ds][xpi]|r[0-9]+[wd]),(%[c-gs]s)", "mov selector,$2");
        add(both, "\\b((?:lar|lsl) \\w+),\\w+$", "$1,selector");
        add(both, "\\b(lar|lsl) %\\w+,", "$1 selector,");
    }

    private void objdumpAtt() {
        // The one of short shifts is not written.
        add(both, "\\$1,", "");
        // Debug registers.
        add(theirs, "%db", "%dr");
        selectors();
    }

    /** Sign-extended bytes: ours as numbers of the operand size, theirs negative. */
    private void signedBytes() {
        Pattern negative = Pattern.compile("(?<=[ ,])-0x([0-9a-f]{1,2})\\b");
        theirs.add(text -> negative.matcher(text).replaceAll(Spelling::complement));
        add(both, "(?<=[ ,])0x(?:f{14}|f{6}|ff)([89a-f][0-9a-f])\\b", "~$1");
    }

    private static String complement(MatchResult number) {
        return "~%02x".formatted(0x100 - Integer.parseInt(number.group(1), 16));
    }

    private void ndisasm() {
        // Sizes of memory, of immediates and of branches.
        add(both, "\\b(byte|word|dword|qword|tword|oword|yword) (?=\\[)", "");
        add(theirs, "\\b(short|near|byte|word|dword|qword) (?=[-+0])", "");
        // Immediates with a sign.
        add(theirs, "(?<=[ ,])\\+(?=0x)", "");
        signedBytes();
        // An address of 64 bits.
        add(both, "\\[qword ", "[");
        // Default sizes.
        add(ours, "\\b(push|pop)fq\\b", "$1f");
        add(theirs, "\\b(push|pop)fq\\b", "$1f");
        add(ours, "\\biretd\\b", "iret");
        // A word in the low part of a register.
        add(both, "\\b(pinsr[bw] xmm\\d+|pinsr[bw] mm\\d),\\w+,", "$1,r,");
        // Conditions have two or three names each.
        String[][] names = {
            {"nz", "ne"},
            {"z", "e"},
            {"nc", "ae"},
            {"c", "b"},
            {"na", "be"},
            {"ng", "le"},
            {"nl", "ge"},
            {"pe", "p"},
            {"po", "np"}
        };
        for (String[] name : names) {
            add(theirs, "\\b(j|set|cmov)" + name[0] + " ", "$1" + name[1] + " ");
        }
        // Prefixes without effect: left out, or inside of brackets.
        add(theirs, "\\[([c-es]s):", "[");
        add(both, "^(?:(?:o64|o16|a32|cs|ds|es|ss) )+", "");
        add(theirs, "\\[([fg]s):qword ", "[$1:");
        add(theirs, "\\brepe\\b", "repz");
        add(theirs, "\\brepne\\b", "repnz");
        // NDISASM's own names for moves of 256 bits.
        add(theirs, "\\bvmovqq([au])\\b", "vmovdq$1");
        add(theirs, "\\bvmovntqq\\b", "vmovntdq");
        add(theirs, "\\bvldqqu\\b", "vlddqu");
        // Exchanging is symmetric.
        add(theirs, "\\bxchg (.+),(.+)$", "xchg $2,$1");
        // x87: without the N for "no wait"; the stack top is left out, or said with "to".
        add(both, "\\bfn?(setpm|stcw|stenv|stsw|save)\\b", "f$1");
        add(ours, "\\b(f\\w+) st0,(st\\d)$", "$1 $2");
        add(ours, "\\b(f\\w+p) (st\\d),st0$", "$1 $2");
        add(theirs, "\\b(f\\w+) to (st\\d)$", "$1 $2,st0");
    }
}
