using System.Globalization;

namespace ControlChat.Harness;

/// <summary>The processes of this machine, from outside of any hub.</summary>
public static class ProcessList
{
    /// <summary>Every living one with this text in its command line, whoever it belongs to.</summary>
    public static IReadOnlyList<(int Id, string Command)> With(string text) =>
        [.. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(n => int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Select(n => (Id: int.Parse(n!, CultureInfo.InvariantCulture), Command: Command(n!))).Where(p => p.Command.Contains(text, StringComparison.Ordinal))];

    private static string Command(string process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").Replace('\0', ' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
