import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CharsetEncoder;
import java.util.TreeSet;

/**
 * Prints the tables of Java's charsets for the tests of code pages: {@code java Charsets.java NAME …}.
 *
 * For each NAME that this Java has, three lines of words:
 *   NAME bytes HH=text …      what each single byte reads as
 *   NAME pairs HHHH=text …    what each pair between shift-out and shift-in reads as
 *   NAME back text=HH… …      how Java writes each of those texts
 * A text is its code points in hexadecimal, joined by "+"; what has none is left out.
 */
public class Charsets {
    private static final StringBuilder OUT = new StringBuilder();

    public static void main(String[] names) {
        for (String name : names) {
            if (Charset.isSupported(name)) {
                print(name, Charset.forName(name));
            }
        }
        System.out.print(OUT);
        System.out.flush();
    }

    private static void print(String name, Charset charset) {
        CharsetDecoder decoder = charset.newDecoder();
        TreeSet<String> texts = new TreeSet<>();
        OUT.append(name).append(" bytes");
        for (int value = 0; value < 256; value++) {
            entry(hex(value, 2), decoded(decoder, value), texts);
        }
        OUT.append('\n').append(name).append(" pairs");
        if ("\u3000".equals(decoded(decoder, 0x0E, 0x40, 0x40, 0x0F))) {
            for (int lead = 0x40; lead < 0xFF; lead++) {
                for (int trail = 0x40; trail < 0xFF; trail++) {
                    String text = decoded(decoder, 0x0E, lead, trail, 0x0F);
                    entry(hex(lead << 8 | trail, 4), text, texts);
                }
            }
        }
        OUT.append('\n').append(name).append(" back");
        CharsetEncoder encoder = charset.newEncoder();
        for (String text : texts) {
            String written = encoded(encoder, text);
            if (written != null) {
                OUT.append(' ').append(points(text)).append('=').append(written);
            }
        }
        OUT.append('\n');
    }

    private static void entry(String code, String text, TreeSet<String> texts) {
        if (text != null && !text.isEmpty() && text.indexOf('\uFFFD') < 0) {
            OUT.append(' ').append(code).append('=').append(points(text));
            texts.add(text);
        }
    }

    private static String decoded(CharsetDecoder decoder, int... values) {
        byte[] bytes = new byte[values.length];
        for (int place = 0; place < values.length; place++) {
            bytes[place] = (byte) values[place];
        }
        try {
            return decoder.decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException none) {
            return null;
        }
    }

    private static String encoded(CharsetEncoder encoder, String text) {
        try {
            ByteBuffer bytes = encoder.encode(CharBuffer.wrap(text));
            StringBuilder written = new StringBuilder();
            while (bytes.hasRemaining()) {
                written.append(hex(bytes.get() & 0xFF, 2));
            }
            return written.toString();
        } catch (CharacterCodingException none) {
            return null;
        }
    }

    private static String points(String text) {
        StringBuilder joined = new StringBuilder();
        text.codePoints().forEach(
            point -> joined.append(joined.length() > 0 ? "+" : "").append(hex(point, 4)));
        return joined.toString();
    }

    private static String hex(int value, int digits) {
        StringBuilder text = new StringBuilder(Integer.toHexString(value).toUpperCase());
        while (text.length() < digits) {
            text.insert(0, '0');
        }
        return text.toString();
    }
}
