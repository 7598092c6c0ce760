using System.Text.RegularExpressions;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;

namespace ControlChat.Journeys.Terminals;

/// <summary>The emulator of a terminal's page, read to its last cell. The page's script is served as it is but for one place: the emulator it makes is kept.</summary>
internal static partial class Emulator
{
    // An empty screen is the same as any other.
    private const int Least = 10_000;

    // Every line of both buffers with what stands in each cell, how it looks and whether it goes on in the next line; where the cursor is; what the program switched on.
    private const string Read = """
        () => {
          const { terminal } = globalThis;
          if (!terminal) return 'no emulator';
          const { _core: core, buffer, modes, cols, rows } = terminal;
          const look = (cell) => [cell.getFgColorMode(), cell.getFgColor(), cell.getBgColorMode(), cell.getBgColor(), cell.isBold(), cell.isItalic(), cell.isDim(), cell.isUnderline(), cell.isBlink(), cell.isInverse(), cell.isInvisible(), cell.isStrikethrough(), cell.isOverline()].map(Number).join(',');
          const line = (line) => {
            let [text, before] = [line.isWrapped ? '+' : ' ', ''];
            for (let x = 0; x < line.length; x += 1) {
              const cell = line.getCell(x);
              const now = `${look(cell)},${cell.getWidth()}`;
              if (now !== before) text += `{${before = now}}`;
              text += cell.getChars() || '\u00b7';
            }
            return text;
          };
          const all = (one) => [`${one.type} ${one.length} lines, base ${one.baseY}, cursor ${one.cursorX} ${one.cursorY}`, ...Array.from({ length: one.length }, (_, y) => line(one.getLine(y)))];
          return [`${cols} x ${rows}, ${buffer.active.type}`, JSON.stringify({ ...modes, ...Object.fromEntries(Object.keys(Object.getPrototypeOf(modes)).map((name) => [name, modes[name]])) }), ...all(buffer.normal), ...all(buffer.alternate)].join('\n');
        }
        """;

    /// <summary>To be called before the page is opened.</summary>
    public static async Task KeepAsync(Visit visit) => await visit.Context.RouteAsync(Script(), async route =>
    {
        var answer = await route.FetchAsync();
        var script = await answer.TextAsync();
        var kept = Making().Replace(script, "this.terminal=globalThis.terminal=new ");
        Assert.NotEqual(script, kept);
        await route.FulfillAsync(new() { ContentType = "text/javascript", Body = kept });
    });

    public static Task<string> ReadAsync(IPage page) => page.EvaluateAsync<string>(Read);

    public static Task<string> ReadAsync(IFrame frame) => frame.EvaluateAsync<string>(Read);

    /// <summary>Fails when what lived through something and what read the record afterwards do not come to be the same.</summary>
    public static async Task SameAsync(Func<Task<string>> lived, Func<Task<string>> fresh)
    {
        var (one, other) = ("", "");
        var same = await Soon.HoldsAsync(async () =>
        {
            (one, other) = (await lived(), await fresh());
            return one == other && one.Length > Least;
        }, TimeSpan.FromSeconds(30));
        Assert.True(same, $"What lived through it and what reads the record differ, {Difference(one, other)}");
    }

    // The first line in which two differ.
    private static string Difference(string one, string other)
    {
        var (a, b) = (one.Split('\n'), other.Split('\n'));
        var at = Enumerable.Range(0, Math.Max(a.Length, b.Length)).FirstOrDefault(i => a.ElementAtOrDefault(i) != b.ElementAtOrDefault(i), -1);
        return at < 0 ? "no difference" : $"line {at} of {a.Length} and {b.Length}:\n{a.ElementAtOrDefault(at)}\n{b.ElementAtOrDefault(at)}";
    }

    [GeneratedRegex("/console/(console|embed)[^/]*\\.js")]
    private static partial Regex Script();

    [GeneratedRegex("this\\.terminal=new ")]
    private static partial Regex Making();
}
