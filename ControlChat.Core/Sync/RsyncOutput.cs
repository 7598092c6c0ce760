using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ControlChat.Core.Sync;

/// <summary>
/// Reads what rsync says of each file, in the form <see cref="Format"/> asks for, and how far it is:
/// <c>:act_1:>f.st......:1234:2026/11/26-02:13:10:src/a b.txt</c>, <c>:act_1:*deleting  :0:1970/01/01-00:00:00:old/</c>,
/// and between carriage returns <c>    32768  45%   12.00MB/s    0:00:01 (xfr#1, to-chk=3/10)</c>.
/// A name is one line whatever it is made of: rsync writes control characters but the tab as <c>\#012</c> and a backslash that would look like one as <c>\#134#</c>.
/// </summary>
internal sealed partial class RsyncOutput(string mark, int mostChanges, Action<SyncProgress>? progress = null)
{
    // PATH_MAX is 4,096, each byte may become five characters.
    private const int LongestLine = 32_000;
    private readonly string _start = $":{mark}:";
    private readonly List<SyncChange> _changes = [];
    private int _skipped;
    private long _done;

    /// <summary>There were more changes than may be; the rest was not read.</summary>
    public bool IsTooMuch { get; private set; }

    public SyncDifference Difference => new(_changes, _skipped);

    /// <summary>What to give rsync's <c>--out-format</c>. The mark also says whose process it is.</summary>
    public static string Format(string mark) => $":{mark}:%i:%l:%M:%n";

    public async Task ReadAsync(TextReader reader)
    {
        var line = new StringBuilder();
        var buffer = new char[4096];
        while (await reader.ReadAsync(buffer) is > 0 and var read)
        {
            foreach (var c in buffer.AsSpan(0, read))
            {
                if (c is not ('\n' or '\r'))
                {
                    if (line.Length < LongestLine) line.Append(c);
                    continue;
                }
                Take(line.ToString());
                line.Clear();
            }
        }
    }

    private void Take(string line)
    {
        if (line.StartsWith(_start, StringComparison.Ordinal)) Change(line[_start.Length..]);
        else if (line.StartsWith("skipping non-regular file ", StringComparison.Ordinal)) _skipped++;
        else if (Progress().Match(line) is { Success: true } match) Report(long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
    }

    private void Change(string line)
    {
        if (Item().Match(line) is not { Success: true } match) throw new FormatException("rsync said something about a file that is not understood.");
        if (_changes.Count == mostChanges)
        {
            IsTooMuch = true;
            return;
        }
        var (what, path) = (match.Groups["what"].Value, match.Groups["path"].Value.Replace("\t", @"\#011", StringComparison.Ordinal));
        var isFile = !path.EndsWith('/');
        var size = isFile ? long.Parse(match.Groups["size"].Value, CultureInfo.InvariantCulture) : 0;
        if (what.StartsWith('*')) _changes.Add(new SyncChange("delete", path, 0, ""));
        // "cd+++++++++" and ">f+++++++++" are new; a directory's size and time are the file system's own affair.
        else _changes.Add(new SyncChange(what.Contains('+', StringComparison.Ordinal) ? "create" : "update", path, size, isFile ? $"{what} {match.Groups["time"].Value}" : what));
        if (isFile && what[0] is '>' or '<') _done++;
        progress?.Invoke(new SyncProgress(_done, -1, -1));
    }

    private void Report(long bytes, int percent) => progress?.Invoke(new SyncProgress(_done, bytes, percent));

    [GeneratedRegex(@"\A(?<what>\*deleting {2,3}|[<>ch.][fdLDS][.+?A-Za-z ]{7,9}):(?<size>[0-9]{1,19}):(?<time>[0-9/:-]{1,40}):(?<path>.+)\z", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Item();

    [GeneratedRegex(@"\A\s*([0-9]{1,18})\s+([0-9]{1,3})%\s", RegexOptions.CultureInvariant)]
    private static partial Regex Progress();
}

/// <summary>How far a run is.</summary>
/// <param name="Files">Files moved so far.</param>
/// <param name="Bytes">-1: nothing new is known.</param>
/// <param name="Percent">0-100 of the bytes; -1: nothing new is known.</param>
public sealed record SyncProgress(long Files, long Bytes, int Percent);
