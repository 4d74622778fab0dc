package org.xenolith.cpu.state;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks the beginning of an instruction's seldom way: when translated code comes to a method so
 * marked, it has the interpreter execute the whole instruction. Up to there the instruction must
 * not have changed anything.
 */
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.METHOD)
public @interface Rare {}
