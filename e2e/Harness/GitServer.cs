using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;

namespace ControlChat.Harness;

/// <summary>A repository behind http, as files (the protocol that git calls dumb): <c>/repo.git</c>, <c>/many.git</c> once there are many files, and <c>/moved.git</c> which leads there.</summary>
public sealed class GitServer : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("controlchat-git-").FullName;
    private readonly WebApplication _app;

    private GitServer()
    {
        Directory.CreateDirectory(At("work"));
        Git("init", "--quiet", "--initial-branch=main");
        File.WriteAllText(At("work/hello.txt"), "hello\n");
        File.CreateSymbolicLink(At("work/link"), "/etc/passwd");
        Git("add", "-A");
        Git("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "-m", "First");
        Commit = Git("rev-parse", "HEAD").Trim();
        Git("clone", "--quiet", "--bare", ".", At("served/repo.git"));
        Git("-C", At("served/repo.git"), "update-server-info");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Use((context, next) =>
        {
            Asked?.Invoke();
            if (!context.Request.Path.StartsWithSegments("/moved.git", out var rest)) return next(context);
            context.Response.Redirect($"/repo.git{rest}{context.Request.QueryString}");
            return Task.CompletedTask;
        });
        _app.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(At("served")), ServeUnknownFileTypes = true });
    }

    /// <summary>With its port.</summary>
    public string Host => new Uri(_app.Urls.First()).Authority;

    public string Commit { get; }

    /// <summary>Before each answer.</summary>
    public Action? Asked { get; set; }

    public static async Task<GitServer> StartAsync()
    {
        var server = new GitServer();
        await server._app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private string At(string path) => Path.Combine(_folder, path);

    /// <summary>Makes <c>/many.git</c>, with so many files that are all the same.</summary>
    public void Import(int files)
    {
        var many = At("served/many.git");
        Git("init", "--quiet", "--bare", "--initial-branch=main", many);
        using var git = Process.Start(new ProcessStartInfo("git", ["-C", many, "fast-import", "--quiet"]) { RedirectStandardInput = true })!;
        git.StandardInput.Write("blob\nmark :1\ndata 2\nx\n\ncommit refs/heads/main\ncommitter t <t@example.com> 0 +0000\ndata 4\nMany\n");
        for (var i = 0; i < files; i++) git.StandardInput.Write($"M 100644 :1 {i / 1000}/{i}\n");
        git.StandardInput.Close();
        git.WaitForExit();
        if (git.ExitCode != 0) throw new InvalidOperationException($"git fast-import ended with {git.ExitCode}.");
        Git("-C", many, "update-server-info");
    }

    private string Git(params string[] arguments)
    {
        using var git = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = At("work"), RedirectStandardOutput = true })!;
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        return git.ExitCode == 0 ? output : throw new InvalidOperationException($"git {string.Join(' ', arguments)} ended with {git.ExitCode}.");
    }
}
