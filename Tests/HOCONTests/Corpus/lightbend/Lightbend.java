import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigRenderOptions;
import java.io.File;

/** Loads each file named on the command line with Lightbend's implementation and prints a line of JSON or of error. */
public class Lightbend {
    public static void main(String[] files) {
        ConfigParseOptions options = ConfigParseOptions.defaults().setAllowMissing(false);
        for (String file : files) {
            String line;
            try {
                line = "json\t" + ConfigFactory.parseFile(new File(file), options).resolve().root()
                    .render(ConfigRenderOptions.concise());
            } catch (Throwable error) {
                String message = String.valueOf(error.getMessage()).replaceAll("\\s+", " ");
                line = "error\t" + error.getClass().getSimpleName() + ": " + message;
            }
            System.out.println(file + "\t" + line);
        }
    }
}
