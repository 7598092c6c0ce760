using System.Globalization;

namespace ControlChat.App.Start;

/// <summary>The directory that holds database, keys, logs and checkpoints: for the hub's own user only.</summary>
internal static class DataDirectory
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes it with 0700 when it is missing.</summary>
    /// <exception cref="StartException">Others may look in, or it cannot be made.</exception>
    public static void Prepare(string path)
    {
        try
        {
            var directory = Directory.CreateDirectory(path, Owner);
            var others = directory.UnixFileMode & ~Owner;
            if (others != 0)
                throw new StartException(ExitCode.Settings, $"Hub:DataDirectory '{path}' is open to others (mode {Octal(directory.UnixFileMode)}). Run: chmod 700 '{path}'");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException(ExitCode.Settings, $"Hub:DataDirectory '{path}' cannot be made or read: {e.Message}");
        }
    }

    /// <summary>A file only its owner may read or write, replaced as a whole.</summary>
    public static void WritePrivate(string path, string text)
    {
        var next = path + ".next";
        File.Delete(next);
        using (var file = new FileStream(next, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
        using (var writer = new StreamWriter(file))
            writer.Write(text);
        File.Move(next, path, overwrite: true);
    }

    private static string Octal(UnixFileMode mode) => Convert.ToString((int)mode, 8).PadLeft(4, '0').ToString(CultureInfo.InvariantCulture);
}
