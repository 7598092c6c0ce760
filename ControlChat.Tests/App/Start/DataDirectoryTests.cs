using System.Security.Cryptography;
using ControlChat.App;
using ControlChat.App.Start;
using ControlChat.Core.Workspaces.Hosts;
using ControlChat.Tests.Core.Settings;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Xunit;

namespace ControlChat.Tests.App.Start;

/// <summary>A data directory has one process and one name, whatever database the hub is on.</summary>
public sealed class DataDirectoryTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_second_process_on_it_ends_its_start_although_the_rows_are_in_postgresql()
    {
        var database = await PostgresForTests.NewDatabaseAsync();
        try
        {
            await using (var first = Open(database))
            {
                await first.StartAsync();
                await using var second = Open(database);
                Assert.Equal(ExitCode.InUse, (await Assert.ThrowsAsync<StartException>(() => second.StartAsync())).ExitCode);
            }
            await using var after = Open(database);
            await after.StartAsync();
        }
        finally
        {
            await PostgresForTests.DropAsync(database);
        }
    }

    [Fact]
    public void Its_node_has_a_name_of_its_own_that_stays()
    {
        var (one, two) = (Directory.CreateDirectory(_folder["one"]).FullName, Directory.CreateDirectory(_folder["two"]).FullName);
        Assert.Equal(HostNode.Of(one), HostNode.Of(one));
        Assert.NotEqual(HostNode.Of(one), HostNode.Of(two));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(one, "node")));
    }

    private ControlChatApp Open(string database)
    {
        // Secrets come by the environment alone, which all tests share.
        var loaded = HubConfigurationTests.Load($$"""{"Hub": {"Store": "postgres", "DataDirectory": "{{_folder["data"]}}" }, "Bus": {"Kind": "local"} }""", environment: new()
        {
            ["Hub__ConnectionString"] = database,
            ["Hub__KeyEncryptionKey"] = _key,
        });
        return ControlChatApp.Create(["--urls", "http://127.0.0.1:0", "--Hub:DataDirectory", _folder["data"]], services => services.Replace(ServiceDescriptor.Singleton(loaded)));
    }
}
