using System.Text.Json;
using System.Text.Json.Serialization;
using ControlChat.Core.Hub;

namespace ControlChat.App.Start;

/// <summary>Where the running hub can be reached: <c>{DataDirectory}/run.json</c>, written after it listens and removed when it stops.</summary>
/// <param name="Pid">The hub's process.</param>
/// <param name="Url">Without a slash at the end.</param>
/// <param name="Web">False where no pages are served: a worker answers for its health only. Absent otherwise.</param>
internal sealed record RunFile(int Pid, string Url, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Web = null)
{
    [JsonIgnore]
    public bool HasPages => Web is not false;

    public static void Write(string dataDirectory, string url, bool web) =>
        PrivateFile.Write(PathIn(dataDirectory), Json.Write(new RunFile(Environment.ProcessId, url, web ? null : false)));

    public static void Remove(string dataDirectory) => File.Delete(PathIn(dataDirectory));

    /// <summary>The running hub's file; null when there is none, or it was left by a process that died.</summary>
    public static RunFile? Read(string dataDirectory)
    {
        try
        {
            var run = Json.Read<RunFile>(File.ReadAllText(PathIn(dataDirectory)));
            return Directory.Exists($"/proc/{run.Pid}") ? run : null;
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string PathIn(string dataDirectory) => Path.Combine(dataDirectory, "run.json");
}
