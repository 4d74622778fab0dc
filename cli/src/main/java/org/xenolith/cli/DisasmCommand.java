package org.xenolith.cli;

import org.xenolith.cli.disasm.CodeListing;
import org.xenolith.cli.disasm.CodePart;
import org.xenolith.cli.disasm.CodeRange;
import org.xenolith.cli.disasm.CodeSource;
import org.xenolith.cli.run.RunException;
import org.xenolith.cpu.disasm.CodeSize;
import org.xenolith.cpu.disasm.Syntax;
import org.xenolith.firmware.image.ImageException;

import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;

/** {@code xenolith disasm}: code as text. */
@Command(
        name = "disasm",
        description = "Disassembles code.",
        mixinStandardHelpOptions = true,
        optionListHeading = "%nOptions:%n",
        parameterListHeading = "%nParameters:%n",
        footer = {
            "",
            "The executable sections of an ELF file (its segments if it has no sections), and of",
            "the kernel in a bzImage, are listed at their addresses; anything else is raw code.",
            "Numbers are decimal, or hexadecimal after 0x."
        })
final class DisasmCommand implements Callable<Integer> {
    private static final String STANDARD_INPUT = "-";

    @Spec private CommandSpec spec;

    @Option(
            names = "--syntax",
            paramLabel = "nasm|att",
            defaultValue = "nasm",
            converter = SyntaxConverter.class,
            description = "How to write instructions (default: nasm).")
    private Syntax syntax;

    @Option(
            names = "--bits",
            paramLabel = "16|32|64",
            converter = BitsConverter.class,
            description = "Size of the code (default: that of an ELF file or bzImage, or else 64).")
    private CodeSize bits;

    @Option(
            names = "--base",
            paramLabel = "ADDR",
            converter = NumberConverter.class,
            description = "Address of the first byte of raw code (default: its offset).")
    private Long base;

    @Option(
            names = "--offset",
            paramLabel = "N",
            defaultValue = "0",
            converter = NumberConverter.class,
            description = "Start N bytes into the file (into the kernel of a bzImage).")
    private long offset;

    @Option(
            names = "--length",
            paramLabel = "N",
            converter = NumberConverter.class,
            description = "Disassemble N bytes from there.")
    private Long length;

    @Option(names = "--raw", description = "Take the bytes of any file as code.")
    private boolean raw;

    @Option(names = "--hex", description = "Take hex text as code: --hex 48 89 c3.")
    private boolean hex;

    @Parameters(
            arity = "1..*",
            paramLabel = "FILE",
            description = "A file, - for standard input, or hex text with --hex.")
    private List<String> inputs;

    @Override
    public Integer call() throws RunException, ImageException {
        checkRange();
        CodeRange range = new CodeRange(offset, optional(length), optional(base));
        PrintWriter out = spec.commandLine().getOut();
        for (CodePart part : parts(range)) {
            new CodeListing(syntax, bits == null ? part.size() : bits, out).print(part);
        }
        out.flush();
        return 0;
    }

    private void checkRange() throws RunException {
        if (offset < 0) {
            throw RunException.unusable("--offset: larger than any file");
        }
        if (length != null && length <= 0) {
            throw RunException.unusable("--length: at least 1, and not larger than any file");
        }
    }

    private List<CodePart> parts(CodeRange range) throws RunException, ImageException {
        boolean standardInput = inputs.equals(List.of(STANDARD_INPUT));
        if (hex) {
            String text =
                    standardInput
                            ? new String(standardInput(), StandardCharsets.ISO_8859_1)
                            : String.join(" ", inputs);
            return CodeSource.raw(CodeSource.hex(text), "hex text", range);
        }
        if (inputs.size() > 1) {
            throw RunException.unusable("one file is enough; is --hex missing?");
        }
        String name = standardInput ? "standard input" : inputs.getFirst();
        byte[] bytes = standardInput ? standardInput() : CodeSource.file(Path.of(name));
        return raw ? CodeSource.raw(bytes, name, range) : CodeSource.image(bytes, name, range);
    }

    private static byte[] standardInput() throws RunException {
        return CodeSource.stream(System.in, "standard input");
    }

    private static OptionalLong optional(Long value) {
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }

    static final class BitsConverter implements ITypeConverter<CodeSize> {
        @Override
        public CodeSize convert(String text) {
            return switch (text) {
                case "16" -> CodeSize.BITS_16;
                case "32" -> CodeSize.BITS_32;
                case "64" -> CodeSize.BITS_64;
                default -> throw new TypeConversionException("'" + text + "' is not 16, 32 or 64");
            };
        }
    }

    static final class SyntaxConverter implements ITypeConverter<Syntax> {
        @Override
        public Syntax convert(String text) {
            return switch (text) {
                case "nasm" -> Syntax.NASM;
                case "att" -> Syntax.ATT;
                default ->
                        throw new TypeConversionException("'" + text + "' is neither nasm nor att");
            };
        }
    }

    /** Unsigned numbers of 64 bits. */
    static final class NumberConverter implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            try {
                return text.startsWith("0x") || text.startsWith("0X")
                        ? Long.parseUnsignedLong(text.substring(2), 16)
                        : Long.parseUnsignedLong(text);
            } catch (NumberFormatException e) {
                throw new TypeConversionException("'" + text + "' is no number");
            }
        }
    }
}
