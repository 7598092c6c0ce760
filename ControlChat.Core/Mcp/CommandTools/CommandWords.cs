using System.Text;
using ControlChat.Core.Gate;

namespace ControlChat.Core.Mcp.CommandTools;

/// <summary>What a program can be given as its arguments. Linux refuses more than this only when it starts one, and says not which: man 2 execve, MAX_ARG_STRLEN and ARG_MAX.</summary>
internal static class CommandWords
{
    // 32 pages, the zero byte at the end included.
    private const int MostOfOne = (128 * 1024) - 1;

    // A quarter of the usual stack is 2 MiB; the namespace's own arguments and the environment go into it too.
    private const int MostOfAll = 1024 * 1024;

    // Each takes a pointer and a zero byte besides.
    private const int Around = 9;

    /// <exception cref="ToolRefusedException">It is more, or holds what ends an argument.</exception>
    public static void Check(IReadOnlyList<string> arguments)
    {
        long all = 0;
        for (var i = 0; i < arguments.Count; i++)
        {
            if (arguments[i].Contains('\0', StringComparison.Ordinal)) throw ToolRefusedException.Invalid($"Argument {i + 1} holds a zero byte, which ends an argument. Leave it out.");
            var bytes = Encoding.UTF8.GetByteCount(arguments[i]);
            if (bytes > MostOfOne) throw TooLong($"Argument {i + 1} has {bytes} bytes; one has at most {MostOfOne}.");
            all += bytes + Around;
        }
        if (all > MostOfAll) throw TooLong($"The arguments have {all} bytes in all; they may have {MostOfAll}.");
    }

    private static ToolRefusedException TooLong(string what) => new("invalid", "too_long", $"{what} Write it into a file of the workspace, and name that.");
}
