using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace ControlChat.Core.Processes;

/// <summary>A process of ours that may outlive us. It is watched from outside by <see cref="ProcessTable"/>; only the process that started it hears why it ended.</summary>
public sealed class LongProcess
{
    private const int MostComplaint = 2_000;

    // What it started and left behind may hold its streams open for as long as that lives; what it wrote itself is there at once.
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);
    private readonly StringBuilder _complaint = new();

    private LongProcess(Process process, bool signs, Func<Process, Task<bool>, Output> follow)
    {
        (Id, Ready) = (process.Id, signs ? SignAsync(process.StandardOutput.BaseStream) : Task.FromResult(true));
        Exited = FollowAsync(process, Ready, follow);
    }

    public int Id { get; }

    /// <summary>Ends with whether it gave its sign before it ended; true for one whose order asks for none.</summary>
    public Task<bool> Ready { get; }

    /// <summary>Ends with the exit code.</summary>
    public Task<int> Exited { get; }

    /// <summary>The end of what it wrote to stderr, at most 2,000 characters.</summary>
    public string Complaint
    {
        get
        {
            lock (_complaint) return _complaint.ToString().Trim();
        }
    }

    /// <param name="read">Reads what it writes to stdout, to the end; null: nobody wants it. What this throws, <see cref="Exited"/> throws once the process has ended.</param>
    /// <exception cref="IOException">The program or the directory is not there, or may not be run.</exception>
    public static LongProcess Start(ProcessOrder order, Func<TextReader, Task>? read = null) => Run(order, (process, ready) =>
    {
        process.StandardInput.Close();
        var reading = ReadAsync(process.StandardOutput, ready, read);
        return read is null ? new Output(Task.CompletedTask, reading) : new Output(reading, Task.CompletedTask);
    });

    /// <summary>With both of its streams for whoever asked, who reads to the end: a process whose output nobody takes stands still. One that gives a sign is read after <see cref="Ready"/>.</summary>
    /// <exception cref="IOException">The program or the directory is not there, or may not be run.</exception>
    public static LongProcess Open(ProcessOrder order, out Stream input, out Stream output)
    {
        (Stream Input, Stream Output)? streams = null;
        var process = Run(order, (started, _) =>
        {
            streams = (started.StandardInput.BaseStream, started.StandardOutput.BaseStream);
            return new Output(Task.CompletedTask, Task.CompletedTask);
        });
        (input, output) = streams!.Value;
        return process;
    }

    private static LongProcess Run(ProcessOrder order, Func<Process, Task<bool>, Output> follow)
    {
        var info = new ProcessStartInfo(order.File, order.Arguments)
        {
            WorkingDirectory = order.Directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            UseShellExecute = false,
        };
        info.Environment.Clear();
        foreach (var (name, value) in order.Environment) info.Environment[name] = value;
        try
        {
            return new LongProcess(Process.Start(info)!, order.Signs, follow);
        }
        catch (Win32Exception e)
        {
            throw new IOException($"{Path.GetFileName(order.File)} could not be started: {e.Message}", e);
        }
    }

    private async Task<int> FollowAsync(Process process, Task<bool> ready, Func<Process, Task<bool>, Output> follow)
    {
        using var own = process;
        var output = follow(process, ready);
        var rest = Task.WhenAll(output.Unwanted, DrainAsync(process.StandardError, _complaint));
        await process.WaitForExitAsync();
        await Task.WhenAny(rest, Task.Delay(LastWords, TimeProvider.System));
        if (rest.IsCompleted) await rest;
        else _ = rest.ContinueWith(static t => t.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        await output.Wanted;
        return process.ExitCode;
    }

    private static async Task<bool> SignAsync(Stream output) => await output.ReadAsync(new byte[1]) == 1;

    // Read to the end whatever becomes of the reader.
    private static async Task ReadAsync(StreamReader reader, Task<bool> ready, Func<TextReader, Task>? read)
    {
        try
        {
            await ready;
            if (read is not null) await read(reader);
        }
        finally
        {
            await DrainAsync(reader, null);
        }
    }

    private static async Task DrainAsync(StreamReader reader, StringBuilder? tail)
    {
        var buffer = new char[1024];
        while (await reader.ReadAsync(buffer) is > 0 and var read)
        {
            if (tail is null) continue;
            lock (tail)
            {
                tail.Append(buffer, 0, read);
                if (tail.Length <= MostComplaint) continue;
                tail.Remove(0, tail.Length - MostComplaint);
                if (char.IsLowSurrogate(tail[0])) tail.Remove(0, 1);
            }
        }
    }

    /// <summary>Who reads what it writes to stdout: for somebody, or only so that it does not stand still.</summary>
    private sealed record Output(Task Wanted, Task Unwanted);
}
