using ControlChat.Harness;
using Xunit;

namespace ControlChat.Journeys.Terminals;

/// <summary>A program that prints without an end whatever is hard to show twice in the same way: numbered lines in colours, wide and combined letters, long lines, jumps of the cursor, a second screen, regions that scroll.</summary>
internal static class Painting
{
    public static readonly string[] Command = ["bash", "paint.sh"];

    private const string Pausing = "pause";
    private const string Stopping = "stop";

    private const string Script = """
        export LC_ALL=C.UTF-8
        i=0
        while [ ! -e stop ]; do
          while [ -e pause ]; do printf p > paused; sleep 0.05; done
          i=$((i+1))
          echo $i > count
          printf '\e[38;5;%dm%06d\e[0m \e[1;3;4mstrong\e[0;2m faint\e[0m 漢字かな 😀 e\xcc\x81 \e[48;2;%d;%d;40mground\e[0m\t|\r\n' $((i % 256)) "$i" $((i * 7 % 256)) $((i * 13 % 256))
          printf '\e[2A\e[40C<%d>\e[K\e[2B\r' $((i % 1000))
          case $((i % 40)) in
            5) printf 'long %0300d\r\n' "$i" ;;
            11) printf '\e[?1049h\e[2J\e[5;5Hthe other screen %d' "$i"; sleep 0.02; printf '\e[?1049l' ;;
            17) printf '\e7\e[2;8r\e[8;1H\n\n\e[rm\e8' ;;
            23) printf '\xff\xfe broken \xe6\xbc'; sleep 0.02; printf '\xa2 whole\r\n' ;;
            29) printf '\e[3D\e[1P\e[2@\e[7minverse\e[27m\e[9mstruck\e[0m\r\n' ;;
            35) printf '\e]8;;https://example.com/%d\e\\a link\e]8;;\e\\\r\n' "$i" ;;
          esac
          [ $((i % 3)) = 0 ] && sleep 0.015
        done
        printf '\r\npainted in all: %d\r\n' "$i"
        """;

    public static Task PrepareAsync(TerminalHub hub) => hub.WriteAsync("paint.sh", Script.ReplaceLineEndings("\n"));

    /// <summary>Nothing is printed any more until <see cref="GoOn"/>.</summary>
    public static async Task PauseAsync(TerminalHub hub)
    {
        var paused = Path.Combine(hub.Folder, "paused");
        File.Delete(paused);
        await hub.WriteAsync(Pausing, "");
        Assert.True(await Soon.HoldsAsync(() => Task.FromResult(File.Exists(paused)), TimeSpan.FromSeconds(30)), "the program does not pause");
    }

    public static void GoOn(TerminalHub hub) => File.Delete(Path.Combine(hub.Folder, Pausing));

    /// <summary>It says how many lines it painted, and ends.</summary>
    public static Task StopAsync(TerminalHub hub) => hub.WriteAsync(Stopping, "");

    /// <summary>Until so many more lines are printed.</summary>
    public static async Task MoreAsync(TerminalHub hub, int lines)
    {
        var from = Count(hub);
        Assert.True(await Soon.HoldsAsync(() => Task.FromResult(Count(hub) >= from + lines), TimeSpan.FromSeconds(30)), "the program prints nothing more");
    }

    private static int Count(TerminalHub hub)
    {
        var file = Path.Combine(hub.Folder, "count");
        return File.Exists(file) && int.TryParse(File.ReadAllText(file), out var count) ? count : 0;
    }
}
