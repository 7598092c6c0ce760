using System.Diagnostics;
using System.Text;
using ControlChat.Core.Files;

namespace ControlChat.Bench.Documents;

/// <summary>P8: what a workspace of 40,123 files holds, beside <c>find | wc</c> and Python's glob on the same directory.</summary>
internal static class DescribeSpeed
{
    private const int Files = 40_123;
    private const int Blocks = 5;
    private const int Each = 8;

    public static async Task MeasureAsync(BenchOptions options, Report report)
    {
        var root = Directory.CreateTempSubdirectory("controlchat-describe-");
        try
        {
            var climate = root.CreateSubdirectory("climate").FullName;
            var content = Encoding.ASCII.GetBytes(new string('x', 64));
            for (var i = 0; i < Files; i++) await File.WriteAllBytesAsync(Path.Combine(climate, $"hill_{i:00000}.cli"), content);
            // The kernel's clock of a directory is coarse: what is too young is not kept.
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
            await MeasureAsync(root.FullName, report);
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    private static async Task MeasureAsync(string root, Report report)
    {
        var (cold, hydrology, warm, find, glob) = (new Samples(), new Samples(), new Samples(), new Samples(), new Samples());
        var longest = 0;
        for (var block = -1; block < Blocks; block++)
        {
            for (var i = 0; i < Each; i++)
            {
                Describe(block < 0 ? new Samples() : cold, root, ContentProfile.Generic, ref longest);
                Describe(block < 0 ? new Samples() : hydrology, root, ContentProfile.Hydrology, ref longest);
            }
            for (var i = 0; i < Each; i++) await RunAsync(block < 0 ? new Samples() : find, "sh", $"find {root} -type f | wc -l");
            for (var i = 0; i < 2; i++) await RunAsync(block < 0 ? new Samples() : glob, "python3", $"import pathlib; print(len(list(pathlib.Path('{root}/climate').glob('*.cli'))))");
            using var files = WorkspaceFiles.Open(root, 1 << 20, TimeProvider.System);
            files.Describe(ContentProfile.Generic);
            for (var i = 0; i < 10 * Each; i++)
            {
                var since = Stopwatch.GetTimestamp();
                var answer = (ContentDescription.Summary)files.Describe(ContentProfile.Generic);
                if (block >= 0) warm.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
                if (answer.Scanned) throw new InvalidOperationException("The directory was read again although nothing changed.");
            }
        }
        report.Add($"describe {Files} files, cold, generic profile", cold);
        report.Add("describe, cold, hydrology profile", hydrology);
        report.Add("find -type f | wc -l, the whole process", find);
        report.Add("Python's glob, the whole process", glob);
        report.Add("cold / find | wc, p50", cold.At(0.5) / find.At(0.5), "x", atMost: 0.7);
        report.Add("cold with the hydrology profile / find | wc, p50", hydrology.At(0.5) / find.At(0.5), "x", atMost: 0.7);
        report.Add("describe, warm", warm, p95: 1);
        report.Add("the longest answer", longest, "bytes", atMost: ContentDescription.MostBytes);
    }

    /// <summary>With nothing kept: the root is opened anew.</summary>
    private static void Describe(Samples samples, string root, ContentProfile profile, ref int longest)
    {
        var since = Stopwatch.GetTimestamp();
        using var files = WorkspaceFiles.Open(root, 1 << 20, TimeProvider.System);
        var answer = (ContentDescription.Summary)files.Describe(profile);
        samples.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
        if (!answer.Json.Contains($"\"files\":{Files}", StringComparison.Ordinal)) throw new InvalidOperationException($"The answer is wrong: {answer.Json}");
        longest = Math.Max(longest, Encoding.UTF8.GetByteCount(answer.Json));
    }

    private static async Task RunAsync(Samples samples, string program, string script)
    {
        var since = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo(program, ["-c", script]) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        samples.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
        if (output.Trim() != $"{Files}") throw new InvalidOperationException($"{program} found {output.Trim()} files.");
    }
}
