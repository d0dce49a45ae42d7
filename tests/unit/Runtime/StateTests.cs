using Kist.Linux;
using Kist.Runtime.State;
using Kist.Tests.Support;

namespace Kist.Tests.Unit.Runtime;

/// <summary>Directories of containers, their locks, and what is done about owners that are gone.</summary>
public sealed class StateTests : IDisposable
{
    readonly TemporaryDirectory folder = new();

    public void Dispose() => folder.Dispose();

    StateRoot Root => StateRoot.Open(folder.Path + "/state");

    /// <summary>What a process that was killed leaves: a directory that nobody locks.</summary>
    string Dead(string id, string record = "", string? name = null)
    {
        string path = Directory.CreateDirectory($"{Root.Containers}/{id}").FullName;
        if (record != "") File.WriteAllText(path + "/state.json", record);
        if (name is null) return path;
        Directory.CreateDirectory(Root.Names);
        File.CreateSymbolicLink($"{Root.Names}/{name}", id);
        return path;
    }

    [Test]
    public async Task A_dead_owners_directory_is_swept_with_its_name()
    {
        string path = Dead("old", """{"id":"old","name":"web","cgroups":[]}""", "web");
        await Assert.That(Items.Of(Leftovers.Find(Root))).IsEqualTo(Items.Of(["old"]));
        await Assert.That(Items.Of(Leftovers.Sweep(Root))).IsEqualTo(Items.Of(["old"]));
        await Assert.That(Directory.Exists(path)).IsFalse();
        await Assert.That(new FileInfo(Root.Names + "/web").LinkTarget).IsNull();
    }

    [Test]
    public async Task A_living_owners_directory_is_left_alone()
    {
        using ContainerDirectory living = ContainerDirectory.Create(Root, "living", "web");
        await Assert.That(Leftovers.Find(Root)).IsEmpty();
        await Assert.That(Leftovers.Sweep(Root)).IsEmpty();
        await Assert.That(Directory.Exists(living.Path)).IsTrue();
        await Assert.That(new FileInfo(Root.Names + "/web").LinkTarget).IsEqualTo("living");
    }

    [Test]
    public async Task What_ends_in_order_leaves_neither_directory_nor_name()
    {
        using (ContainerDirectory directory = ContainerDirectory.Create(Root, "one", "web"))
            directory.Record(Plans.Create(Plans.Default));
        await Assert.That(Directory.EnumerateFileSystemEntries(Root.Containers)).IsEmpty();
        await Assert.That(Directory.EnumerateFileSystemEntries(Root.Names)).IsEmpty();
    }

    [Test]
    public async Task An_id_is_taken_while_its_container_lives()
    {
        using ContainerDirectory first = ContainerDirectory.Create(Root, "one");
        await Assert.That(() => ContainerDirectory.Create(Root, "one")).Throws<KistException>().WithMessageContaining("\"one\" runs already");
        await Assert.That(Directory.Exists(first.Path)).IsTrue();
    }

    [Test]
    public async Task A_name_is_taken_while_its_container_lives_and_whoever_wanted_it_leaves_nothing()
    {
        using ContainerDirectory first = ContainerDirectory.Create(Root, "one", "web");
        await Assert.That(() => ContainerDirectory.Create(Root, "two", "web")).Throws<KistException>().WithMessageContaining("in use by the container one");
        await Assert.That(Directory.EnumerateDirectories(Root.Containers).Count()).IsEqualTo(1);
        await Assert.That(new FileInfo(Root.Names + "/web").LinkTarget).IsEqualTo("one");
    }

    [Test]
    public async Task The_id_and_the_name_of_the_dead_can_be_had()
    {
        Dead("one", """{"id":"one","name":"web","cgroups":[]}""", "web");
        using (ContainerDirectory same = ContainerDirectory.Create(Root, "one"))
            await Assert.That(Directory.EnumerateFiles(same.Path)).IsEmpty();
        Dead("two", """{"id":"two","name":"web","cgroups":[]}""", "web");
        using ContainerDirectory other = ContainerDirectory.Create(Root, "three", "web");
        await Assert.That(new FileInfo(Root.Names + "/web").LinkTarget).IsEqualTo("three");
    }

    [Test]
    public async Task A_name_that_leads_to_no_container_can_be_had()
    {
        Directory.CreateDirectory(Root.Names);
        File.CreateSymbolicLink(Root.Names + "/web", "gone");
        using ContainerDirectory directory = ContainerDirectory.Create(Root, "one", "web");
        await Assert.That(new FileInfo(Root.Names + "/web").LinkTarget).IsEqualTo("one");
    }

    [Test]
    [Arguments("")]
    [Arguments("{")]
    [Arguments("""{"id":"old","cgroups":["/sys/fs/cgroup/kist""")]
    [Arguments("[[[")]
    [Arguments("null")]
    public async Task A_record_that_was_cut_short_is_swept(string record)
    {
        string path = Dead("old", record);
        await Assert.That(Items.Of(Leftovers.Sweep(Root))).IsEqualTo(Items.Of(["old"]));
        await Assert.That(Directory.Exists(path)).IsFalse();
    }

    [Test]
    public async Task What_was_written_to_disk_is_swept_too()
    {
        string scratch = Directory.CreateDirectory(folder.Path + "/scratch/u0/deep").FullName;
        Dead("old", $$"""{"id":"old","cgroups":[],"scratch":"{{folder.Path}}/scratch"}""");
        Leftovers.Sweep(Root);
        await Assert.That(Directory.Exists(scratch)).IsFalse();
    }

    [Test]
    public async Task A_record_leads_to_no_directory_that_is_not_a_cgroup()
    {
        string kept = Directory.CreateDirectory(folder.Path + "/kept").FullName;
        Dead("old", $$"""{"id":"old","cgroups":["{{kept}}","/sys/fs/cgroup/../../..{{kept}}"]}""");
        Leftovers.Sweep(Root);
        await Assert.That(Directory.Exists(kept)).IsTrue();
    }

    [Test]
    public async Task Runs_that_begin_and_sweep_at_the_same_time_do_not_take_each_others_directories()
    {
        StateRoot root = Root;
        int made = 0;
        await Task.WhenAll(Enumerable.Range(0, 6).Select(worker => Task.Run(() =>
        {
            for (int i = 0; i < 200; i++)
            {
                Leftovers.Sweep(root);
                using ContainerDirectory directory = ContainerDirectory.Create(root, $"{worker}-{i}");
                if (Directory.Exists(directory.Path)) Interlocked.Increment(ref made);
            }
        })));
        await Assert.That(made).IsEqualTo(1200);
        await Assert.That(root.List()).IsEmpty();
    }

    [Test]
    public async Task Of_many_who_want_a_dead_containers_name_one_gets_it()
    {
        Dead("old", """{"id":"old","name":"web","cgroups":[]}""", "web");
        StateRoot root = Root;
        ContainerDirectory?[] owners = await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(() =>
        {
            try
            {
                return ContainerDirectory.Create(root, $"new-{worker}", "web");
            }
            catch (KistException)
            {
                return null;
            }
        })));
        ContainerDirectory[] winners = [.. owners.Where(owner => owner is not null).Select(owner => owner!)];
        await Assert.That(winners.Length).IsEqualTo(1);
        await Assert.That(new FileInfo(root.Names + "/web").LinkTarget).IsEqualTo(winners[0].Id);
        winners[0].Dispose();
    }

    [Test]
    public async Task A_state_directory_that_others_can_write_to_is_refused()
    {
        string path = Directory.CreateDirectory(folder.Path + "/state").FullName;
        File.SetUnixFileMode(path, (UnixFileMode)0x1FF);
        await Assert.That(() => StateRoot.Open(path)).Throws<KistException>().WithMessageContaining("only this user can write to");
    }

    [Test]
    public async Task A_state_directory_behind_a_link_is_refused()
    {
        File.CreateSymbolicLink(folder.Path + "/state", Directory.CreateDirectory(folder.Path + "/other").FullName);
        await Assert.That(() => StateRoot.Open(folder.Path + "/state")).Throws<KistException>().WithMessageContaining("is not a directory");
    }

    [Test]
    public async Task Others_pass_through_the_state_directory_and_do_not_list_it()
    {
        await Assert.That((int)File.GetUnixFileMode(Root.Path)).IsEqualTo(0x1C9);
        using ContainerDirectory directory = ContainerDirectory.Create(Root, "one");
        await Assert.That((int)File.GetUnixFileMode(directory.Path)).IsEqualTo(0x1C9);
    }
}
